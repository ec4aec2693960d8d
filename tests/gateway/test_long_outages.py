"""For minutes the log takes nothing, or there is no network; then the speaker goes on by itself."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from dragoman.client.connection import Connection
from dragoman.client.errors import GatewayUnreachable
from dragoman.client.speaker import Speaker
from gateway.gateway import Gateway
from schemas.messages import Audio
from schemas.socket import MAX_GAP_SAMPLES, Action
from tests.gateway.client import StartGateway, pcm
from tests.gateway.publisher import session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import stop_log

SECOND = 16_000
BUFFER_S = 25
"""Of the gateway: with the client's minute less than its bucket holds, so that no test waits for that."""


@dataclass
class Voice:
    """Says every second something else, as fast as it can be taken."""

    speaker: Speaker
    said: int = 0

    async def speak(self, seconds: int) -> None:
        """With time in between for what the gateway answers."""
        for _ in range(seconds):
            self.speaker.send(pcm(SECOND, self.said))
            self.said += SECOND
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("away_s", [30, 65, 95, 180, 600])
async def test_however_long_the_log_takes_nothing_the_speaker_goes_on(
    start_gateway: StartGateway, kafka: str, redis: Redis, away_s: int
) -> None:
    """What cannot be kept is a gap that the gateway takes, and the speaker knows how long it is."""
    gateway = await start_gateway(gateway_buffer_s=BUFFER_S)
    async with Speaker.create(gateway.url, "en") as speaker:
        voice = Voice(speaker)
        await voice.speak(2)
        await speaker.delivered()
        stopped = stop_log(gateway)
        await voice.speak(away_s)
        stopped.go_on()
        await voice.speak(2)
        async with asyncio.timeout(60):
            await speaker.delivered()
            await speaker.end()
    heard = await heard_of(kafka, redis, speaker)
    assert len(heard) // 2 + speaker.lost == voice.said
    assert speaker.lost == 0 if away_s <= 65 else (speaker.lost > 0 or away_s < 180)
    assert heard.endswith(pcm(2 * SECOND, voice.said - 2 * SECOND))


@pytest.mark.parametrize("away_s", [30, 180, 600])
async def test_however_long_there_is_no_network_the_speaker_goes_on(
    gateway: Gateway, kafka: str, redis: Redis, monkeypatch: pytest.MonkeyPatch, away_s: int
) -> None:
    """From where the gateway says that its audio ends."""
    async with Speaker.create(gateway.url, "en") as speaker:
        link, back = speaker._link, asyncio.Event()
        open_link = link.open

        async def open_when_back(opening: Action) -> tuple[Connection, Any]:
            if not back.is_set():
                raise GatewayUnreachable(gateway.url, "no network")
            return await open_link(opening)

        monkeypatch.setattr(link, "open", open_when_back)
        voice = Voice(speaker)
        await voice.speak(2)
        await speaker.delivered()
        assert speaker._connection
        await speaker._connection.close()
        await voice.speak(away_s)
        back.set()
        async with asyncio.timeout(60):
            await speaker.delivered()
            await voice.speak(2)
            await speaker.end()
    heard = await heard_of(kafka, redis, speaker)
    assert speaker.reconnects == 1
    assert speaker.lost == max(0, away_s - 60) * SECOND
    assert len(heard) // 2 + speaker.lost == voice.said
    assert heard.endswith(pcm(2 * SECOND, voice.said - 2 * SECOND))


async def heard_of(kafka: str, redis: Redis, speaker: Speaker) -> bytes:
    """What is in the log of a session, without its gaps, of which none is too wide."""
    position, heard = 0, b""
    for message in await records(kafka, "audio", await session_id_of(redis, speaker.code)):
        if isinstance(message, Audio) and message.pcm:
            assert message.position - position <= MAX_GAP_SAMPLES
            position = message.until
            heard += message.pcm
    return heard
