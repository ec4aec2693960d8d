"""Frames, read back by another implementation's reader."""

import asyncio

import pytest
from aiohttp import WSMsgType
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.base_protocol import BaseProtocol

from gateway.wire import frames


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
async def test_frames_of_all_lengths_are_read_back(length: int) -> None:
    loop = asyncio.get_running_loop()
    queue = WebSocketDataQueue(BaseProtocol(loop), 2**24, loop=loop)
    reader = WebSocketReader(queue, 2**24, False, True)
    reader.feed_data(frames.text(b"a" * length) + frames.binary(b"b" * length) + frames.close(4009))
    got = [await queue.read() for _ in range(3)]
    assert [message.type for message in got] == [WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE]
    assert [got[0].data, got[1].data, got[2].data] == ["a" * length, b"b" * length, 4009]
