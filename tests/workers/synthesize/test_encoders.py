"""The processes that encode: a sound that ends one, hangs in it or is not waited for, and the others."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from schemas.messages import Speech
from tests.processes import living, python_with_children, running, until
from tests.workers.driving import Driven, record
from tests.workers.texts import SPOKEN_AT, Room, tags, translation
from workers.errors import EngineCrashed, EngineEnded, EngineKilled, EngineTimeout, EngineUnavailable
from workers.stage import Inbound, Outbound
from workers.synthesize.choice import Choice
from workers.synthesize.encoder import encode
from workers.synthesize.encoders import PROCESSES, Encoders
from workers.synthesize.engine import NEUTRAL, Encoded, Sound, Tone
from workers.synthesize.engines.scripted import ScriptedSynthesizer
from workers.synthesize.stage import synthesize

FAULT, HANG, FULL = (number.to_bytes(2, "little") * 800 for number in (1, 2, 3))
FAKE = """
# The real encoder, but a sound of ones is a fault in it, one of twos never ends, one of threes takes all memory.
import os, time
from workers.synthesize import encoder
encode = encoder.encode

def faulty(sound, audio_format, comment):
    match sound.pcm[:2]:
        case b"\\1\\0":
            os.abort()
        case b"\\2\\0":
            time.sleep(1000)
        case b"\\3\\0":
            bytearray(1 << 40)
    return encode(sound, audio_format, comment)

encoder.encode = faulty
encoder.main()
"""
ORPHAN = """
import asyncio, psutil
from workers.synthesize.encoders import Encoders

async def main():
    encoders = Encoders()
    await encoders.start()
    print("pids", *(child.pid for child in psutil.Process().children()), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
WELL = Sound(b"\0\x10" * 8_000, 16_000)


@pytest.fixture
async def encoders(tmp_path: Path) -> AsyncIterator[Encoders]:
    (tmp_path / "fake.py").write_text(FAKE)
    encoders = Encoders(timeout_s=60, child=[sys.executable, str(tmp_path / "fake.py")])
    yield encoders
    await encoders.close()


def processes() -> list[psutil.Process]:
    """Children of this process that encode."""
    return running("fake.py")


@pytest.mark.parametrize("audio_format", ["ogg-opus", "pcm16"])
async def test_it_is_what_the_encoder_makes_of_it(audio_format: str) -> None:
    encoders = Encoders(comment="By machines")
    await encoders.start()
    sound = Sound(b"\0\x10" * 22_050, 22_050)
    made, expected = await encoders.encode(sound, audio_format), encode(sound, audio_format, "By machines")
    assert (made.sample_rate, made.duration_ms) == (expected.sample_rate, expected.duration_ms)
    assert len(made.audio) == len(expected.audio)  # the serial number of an Ogg file is new each time
    assert (b"By machines" in made.audio) is (audio_format == "ogg-opus")
    await encoders.close()


async def test_many_sounds_at_once_each_get_their_own_answer_from_a_few_processes(encoders: Encoders) -> None:
    sounds = [Sound(b"\0\x10" * 1_600 * number, 16_000) for number in range(1, 21)]
    encoded = await asyncio.gather(*(encoders.encode(sound, "ogg-opus") for sound in sounds))
    assert [each.duration_ms for each in encoded] == [100 * number for number in range(1, 21)]
    assert len(processes()) == PROCESSES


@pytest.mark.parametrize("pcm", [FAULT, FULL])
async def test_a_sound_that_ends_its_process_is_seen_to_do_so_and_the_next_one_is_encoded(
    encoders: Encoders, pcm: bytes
) -> None:
    with pytest.raises(EngineEnded):
        await encoders.encode(Sound(pcm, 16_000), "ogg-opus")
    assert (await encoders.encode(WELL, "ogg-opus")).duration_ms == 500


async def test_a_process_does_not_need_more_memory_where_there_are_more_cores(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    (process,) = processes()
    assert process.num_threads() == 1


async def test_an_end_that_comes_from_outside_is_no_evidence(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    (process,) = processes()
    hanging = asyncio.create_task(encoders.encode(Sound(HANG, 16_000), "ogg-opus"))
    await asyncio.sleep(0.05)
    process.kill()
    with pytest.raises(EngineKilled):
        await hanging


async def test_a_process_that_ends_between_two_sounds_costs_nothing(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    (process,) = processes()
    process.kill()
    await until(lambda: not living([process.pid]))
    await asyncio.sleep(0.05)
    assert (await encoders.encode(WELL, "ogg-opus")).duration_ms == 500


async def test_a_process_that_hangs_is_ended_at_the_timeout(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    encoders._timeout_s = 0.2
    with pytest.raises(EngineTimeout):
        await encoders.encode(Sound(HANG, 16_000), "ogg-opus")
    assert processes() == []


async def test_an_answer_that_nobody_waits_for_is_not_given_to_the_next_sound(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    call = asyncio.create_task(encoders.encode(Sound(HANG, 16_000), "ogg-opus"))
    await asyncio.sleep(0.05)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert (await encoders.encode(WELL, "ogg-opus")).duration_ms == 500


async def test_closing_ends_what_is_under_way(encoders: Encoders) -> None:
    await encoders.encode(WELL, "ogg-opus")
    hanging = asyncio.create_task(encoders.encode(Sound(HANG, 16_000), "ogg-opus"))
    await asyncio.sleep(0.05)
    await encoders.close()
    with pytest.raises(EngineCrashed):
        await hanging
    with pytest.raises(EngineCrashed):
        await encoders.encode(WELL, "ogg-opus")
    assert processes() == []


async def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "av.py").write_text("raise ImportError")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from workers.synthesize.encoder import main; main()"
    for child in ([str(tmp_path / "nothing")], [sys.executable, "-c", program]):
        encoders = Encoders(child=child)
        with pytest.raises(EngineUnavailable, match="speech cannot be encoded") as raised:
            await encoders.start()
        assert "\n" not in str(raised.value)
        await encoders.close()


async def test_when_the_parent_is_killed_its_processes_die() -> None:
    with python_with_children(ORPHAN) as (parent, pids):
        assert pids
        parent.kill()
        await until(lambda: not living(pids))


class Speaking(ScriptedSynthesizer):
    """Says one word with a sound that ends the encoder."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        return Sound(FAULT if text == "bum" else WELL.pcm, 16_000)


async def test_a_record_whose_sound_ends_the_encoder_is_buried_after_three_tries_and_the_others_are_spoken(
    encoders: Encoders,
) -> None:
    asked: list[bytes] = []

    async def encode(sound: Sound, audio_format: str) -> Encoded:
        asked.append(sound.pcm)
        return await encoders.encode(sound, audio_format)

    def stage(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        hearing = Room(hearing={"es": tags("ogg-opus")}, spoken={"es": tags("ogg-opus")})
        return synthesize(
            inbound, choice=Choice([Speaking()]), encode=encode, audience=hearing, now=lambda: SPOKEN_AT, timeout_s=60
        )

    async with Driven(stage) as sick, Driven(stage) as other:
        for number, word in enumerate(("bum", "uno", "dos")):
            await sick.give(record("translations", number, translation(16_000 * number, word)))
            await other.give(record("translations", number, translation(16_000 * number, "tres")))
        await until(lambda: sick.settled == other.settled == [0, 1, 2])
    assert asked.count(FAULT) == 3
    assert [offset for offset, _ in sick.buried] == [0]
    assert sick.buried[0][1].startswith("ended its engine's process 3 times")
    spoken = [(speech.outcome, speech.reason, speech.format) for speech in sick.emitted(Speech)]
    assert spoken == [("failed", "engine", "ogg-opus"), ("ok", "", "ogg-opus"), ("ok", "", "ogg-opus")]
    assert [speech.outcome for speech in other.emitted(Speech)] == ["ok"] * 3
