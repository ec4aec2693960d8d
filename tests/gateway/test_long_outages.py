"""The log takes nothing for minutes, and the speaker's own client goes on by itself when it is back."""

import asyncio
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from dragoman.client.speaker import Speaker
from schemas.messages import Audio
from schemas.socket import MAX_GAP_SAMPLES
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
        found = await records(kafka, "audio", await session_id_of(redis, speaker.code))
    position, heard = 0, b""
    for message in found:
        if isinstance(message, Audio) and message.pcm:
            assert message.position - position <= MAX_GAP_SAMPLES
            position = message.until
            heard += message.pcm
    assert len(heard) // 2 + speaker.lost == voice.said
    assert (speaker.lost == 0) == (away_s <= 65)
    assert heard.endswith(pcm(2 * SECOND, voice.said - 2 * SECOND))
