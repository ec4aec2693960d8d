"""The sending side of a stream, on a transport whose buffer is as full as told."""

import re

import pytest

from gateway.wire.peer import SOFT_LIMIT
from gateway.wire.stream import Stream
from schemas.close_codes import CloseCode
from schemas.socket import Reconnect, SessionEnded, SpeakerState
from tests.gateway.wire.test_peer import Transport, transport

__all__ = ["transport"]


@pytest.fixture
def stream(transport: Transport) -> Stream:
    """One that has not begun."""
    return Stream(transport, "192.0.2.1")  # type: ignore[arg-type]  # a fake


async def test_what_is_written_before_the_head_comes_after_it(transport: Transport, stream: Stream) -> None:
    stream.send(SpeakerState(session_id="c", state="live"))
    stream.reached("7-1/0-0")
    assert transport.written == []
    assert stream.direct() is None, "nor past it"
    stream.begin()
    (opening,) = transport.written
    assert re.fullmatch(rb"retry: \d+\n: \d+\n\ndata: \{.*\}\n\nid: 7-1/0-0\n\n", opening)
    stream.write(b"live")
    assert transport.written[1:] == [b"live"]


async def test_who_reads_too_slowly_is_let_go_and_gets_no_close_frame(transport: Transport, stream: Stream) -> None:
    stream.begin()
    transport.waiting = SOFT_LIMIT + 1
    stream.write(b"too much")
    assert (stream.ended, stream.over.is_set()) == (CloseCode.TOO_SLOW, True)
    assert not any(transport.written[1:])
    stream.drop()


async def test_a_reader_who_went_is_found(transport: Transport, stream: Stream) -> None:
    stream.begin()
    stream.look()
    assert not stream.over.is_set()
    transport.abort()
    stream.look()
    assert stream.over.is_set()


async def test_after_the_end_nobody_comes_back_and_of_a_deploy_everybody_soon(
    transport: Transport, stream: Stream
) -> None:
    stream.begin()
    stream.send(Reconnect(after_ms=100))
    stream.send(SessionEnded(session_id="c"))
    assert transport.written[1] == b'retry: 100\ndata: {"type":"reconnect","afterMs":100}\n\n'
    assert transport.written[2] == b'id: ended\ndata: {"type":"sessionEnded","sessionId":"c"}\n\n'


async def test_pings_are_none_of_its_business(transport: Transport, stream: Stream) -> None:
    stream.begin()
    stream.control(b"", 9)
    assert len(transport.written) == 1
    stream.keep_alive()
    assert re.fullmatch(rb": \d+\n\n", transport.written[1])
