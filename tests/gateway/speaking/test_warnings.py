"""The real gateway tells its speaker of bad audio, and everybody who asks how the audio is."""

import asyncio
import base64
import wave
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from dragoman.cli import main
from gateway.gateway import Gateway
from schemas.audio import SAMPLE_RATE
from schemas.channels import Control, control_channel, quality_key
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, eventually, joined
from tests.gateway.publisher import session_id_of
from tests.gateway.speaking.sounds import DICTATED, NARRATED, Sound, envelope_of, noise, sample, spoken


async def speak(client: Client, code: str, sound: Sound, first: int = 0) -> int:
    """Sends a sound and waits until it is taken; the position behind it."""
    await send(client, code, sound, first)
    await accepted(client, first + len(sound))
    return first + len(sound)


async def send(client: Client, code: str, sound: Sound, first: int) -> None:
    """Sends a sound, a second in each frame."""
    pcm = np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
    for at in range(0, len(pcm), 2 * SAMPLE_RATE):
        audio = base64.b64encode(pcm[at : at + 2 * SAMPLE_RATE]).decode()
        await client.say("sendAudio", sessionId=code, audioData=audio, timestamp=0, position=first + at // 2)


def warnings(client: Client) -> list[dict[str, Any]]:
    return [message for message in client.passed if message["type"] == "warning"]


def counted(code: str) -> float:
    return REGISTRY.get_sample_value("dragoman_gateway_audio_warnings_total", {"code": code}) or 0


@pytest.mark.parametrize(
    ("code", "sound"),
    [
        ("clipping", spoken(NARRATED) * 20),
        ("noise", spoken(NARRATED) + noise(30, -26)[: len(spoken(NARRATED))]),
        ("quiet", spoken(NARRATED, times=2) / 100),
        ("silence", np.zeros(12 * SAMPLE_RATE)),
    ],
)
async def test_the_speaker_is_warned_and_it_is_counted(connect: Connect, code: str, sound: Sound) -> None:
    before = counted(code)
    speaker = await connect()
    session, _ = await created(speaker)
    await speak(speaker, session, sound)
    (warning,) = warnings(speaker)
    assert warning["code"] == code
    assert warning["figures"]
    assert counted(code) == before + 1


async def test_clean_speech_is_no_trouble(connect: Connect) -> None:
    speaker = await connect()
    code, _ = await created(speaker)
    await speak(speaker, code, spoken([*NARRATED, *DICTATED], pause_s=2))
    assert warnings(speaker) == []


async def test_what_is_sent_again_does_not_count_twice(connect: Connect) -> None:
    """Seven seconds of silence, twice, would be fourteen."""
    speaker = await connect()
    code, _ = await created(speaker)
    seven = np.zeros(7 * SAMPLE_RATE)
    await speak(speaker, code, seven)
    await send(speaker, code, seven, 0)
    await speak(speaker, code, np.zeros(2 * SAMPLE_RATE), len(seven))
    assert warnings(speaker) == []
    await speak(speaker, code, np.zeros(2 * SAMPLE_RATE), 9 * SAMPLE_RATE)
    assert [warning["code"] for warning in warnings(speaker)] == ["silence"]


async def test_what_is_muted_or_refused_is_not_measured(connect: Connect) -> None:
    speaker = await connect()
    code, _ = await created(speaker)
    await speaker.ask("controlBroadcast", sessionId=code, controlAction="mute")
    end = await speak(speaker, code, np.zeros(30 * SAMPLE_RATE))
    await speaker.ask("controlBroadcast", sessionId=code, controlAction="unmute")
    end = await speak(speaker, code, np.zeros(5 * SAMPLE_RATE), end)
    await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause")
    for _ in range(6):
        await speaker.say(
            "sendAudio", sessionId=code, audioData=base64.b64encode(bytes(32_000)).decode(), timestamp=0, position=end
        )
        assert (await speaker.of_type("error"))["code"] == "wrong-state"
    assert warnings(speaker) == []


async def test_how_the_audio_is_can_be_asked_on_every_gateway(start_gateway: StartGateway, connect: Connect) -> None:
    here, there = await start_gateway(grace_s=3), await start_gateway(grace_s=3)
    speaker, listener = await connect(here), await connect(there)
    code, _ = await created(speaker)
    await joined(listener, code)
    await speak(speaker, code, spoken(NARRATED))
    known = (await speaker.ask("getSessionStatus", sessionId=code))["audioQuality"]
    assert known.keys() == {"snrDb", "clipping", "levelDb"}
    assert known["snrDb"] > 25

    async def told() -> bool:
        return (await listener.ask("getSessionStatus", sessionId=code))["audioQuality"] == known

    await eventually(told)
    await speaker.ask("controlBroadcast", sessionId=code, controlAction="mute")
    assert (await speaker.ask("getSessionStatus", sessionId=code))["audioQuality"] is None
    await listener.until(lambda message: message["type"] == "speakerState" and message["state"] == "muted")
    assert (await listener.ask("getSessionStatus", sessionId=code))["audioQuality"] is None


async def test_how_the_audio_was_is_forgotten_soon(
    connect: Connect, redis: Redis, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A speaker whose microphone stopped is still connected."""
    monkeypatch.setattr("gateway.speaking.monitor.HEARD_S", 1.5)
    monkeypatch.setattr("gateway.sessions.quality.KEEP_MS", 1500)
    speaker = await connect(await start_gateway(grace_s=3))
    code, _ = await created(speaker)
    await speak(speaker, code, spoken(NARRATED))
    key = quality_key(await session_id_of(redis, code))

    async def noted() -> bool:
        return await redis.exists(key) == 1

    async def forgotten() -> bool:
        return await redis.exists(key) == 0

    await eventually(noted)
    await eventually(forgotten)
    assert (await speaker.ask("getSessionStatus", sessionId=code))["audioQuality"] is None


async def test_a_translation_that_the_microphone_hears_is_told(
    connect: Connect, gateway: Gateway, redis: Redis
) -> None:
    speaker = await connect()
    code, _ = await created(speaker)
    session_id, end = await session_id_of(redis, code), 0
    for segment, name in enumerate(["librivox_0870", "librivox_0920"]):
        await published(gateway, redis, session_id, segment, envelope_of(sample(name)))
        room = noise(2, -70)
        end = await speak(speaker, code, np.concatenate([room, sample(name) * 0.3, room]), end)
    assert [warning["code"] for warning in warnings(speaker)] == ["echo"]


async def published(gateway: Gateway, redis: Redis, session_id: str, segment: int, envelope: str) -> None:
    """As the broadcast workers say it; returns when the gateway has heard it."""
    assert gateway.parts is not None
    speaker = gateway.parts.here.get(session_id).speaker
    assert speaker is not None
    heard, expect = asyncio.Event(), speaker.monitor.expect

    def noting(name: object, text: str) -> None:
        expect(name, text)
        heard.set()

    speaker.monitor.expect = noting  # type: ignore[method-assign]
    control = Control(kind="spoken", language="es", segment=segment, envelope=envelope)
    await redis.publish(control_channel(session_id), msgspec.json.encode(control))
    await heard.wait()
    speaker.monitor.expect = expect  # type: ignore[method-assign]


async def test_dragoman_speak_prints_what_is_wrong(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "silence.wav"
    with wave.open(str(file), "wb") as wav:
        wav.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        wav.writeframes(bytes(2 * 15 * SAMPLE_RATE))
    arguments = ["speak", str(file), "--url", gateway.url, "--language", "en", "--fast", "--keep"]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert result.exit_code == 0, result.output
    assert "warning: Nothing is heard from your microphone" in result.stderr
