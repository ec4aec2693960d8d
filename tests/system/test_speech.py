"""Real speech through the whole system: what listeners of several languages get, and what is not done for nobody."""

import asyncio
import json
import os
import signal
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from dragoman.cli import main
from dragoman.client.listener import Listener
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.measure.clips import Clip, read_samples
from dragoman.measure.figures import figures
from dragoman.measure.hearing import ListenerNotes, holes, speech_faults
from dragoman.measure.measure import RunFigures, measure
from dragoman.measure.scoring import words
from dragoman.ops.records import find_session, records
from schemas.messages import Usage
from schemas.socket import JoinSession, ListenersChanged
from tests.processes import until
from tests.system.machine import Machine

pytestmark = pytest.mark.system

CLIPS = ("go_somewhere", "goforward", "cards_003")


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """A few seconds of human speech, of the kind that the recogniser understands."""
    return [clip for clip in read_samples() if clip.name in CLIPS]


@pytest.fixture(scope="module")
def measured(stack: Machine, clips: list[Clip]) -> RunFigures:
    """They were spoken in real time, with listeners of English, Spanish and Catalan."""
    return asyncio.run(measure(stack.run["url"], clips, floor="en", languages=["es", "ca"], paced=True))


async def usage(stack: Machine, code: str) -> list[Usage]:
    """All engine calls for a session, and those not made."""
    session = await find_session(stack.run["kafka"], code)
    found = [record.message async for record in records(stack.run["kafka"], session, "usage")]
    return [message for message in found if isinstance(message, Usage)]


async def follow(
    stack: Machine, clips: list[Clip], *joins: JoinSession, meanwhile: Callable[[], None] = lambda: None
) -> tuple[str, list[ListenerNotes]]:
    """Speaks the clips as fast as may be to these listeners; `meanwhile` comes when half was sent and some heard."""
    url = stack.run["url"]
    pcm = b"".join(clip.pcm + bytes(32_000) for clip in clips)
    half = len(pcm) // 4 * 2
    hearings = [ListenerNotes(join.target_language) for join in joins]
    joined = asyncio.Semaphore(0)

    async def hear(join: JoinSession, hearing: ListenerNotes) -> None:
        async with Listener(url, join) as listener:
            joined.release()
            async for message in listener.messages():
                hearing.note(message)

    async with asyncio.timeout(600), Speaker.create(url, "en") as speaker, asyncio.TaskGroup() as tasks:
        for join, hearing in zip(joins, hearings, strict=True):
            tasks.create_task(hear(msgspec.structs.replace(join, session_id=speaker.code), hearing))
        for _ in joins:
            await joined.acquire()
        await speak(speaker, of_bytes(pcm[:half]), Pace(fast=True))
        await until(lambda: all(heard_some(join, hearing) for join, hearing in zip(joins, hearings, strict=True)))
        meanwhile()
        await speak(speaker, of_bytes(pcm[half:]), Pace(fast=True))
        await speaker.end()
    return speaker.code, hearings


def heard_some(join: JoinSession, hearing: ListenerNotes) -> bool:
    """Something of all that was asked for has come: who has heard nothing yet cannot go on where it was."""
    return bool(hearing.finals and (hearing.speech or not join.audio))


def test_spoken_english_is_read_in_three_languages(measured: RunFigures) -> None:
    """Each listener gets every final, in order, accounting for all audio."""
    for language in ("en", "es", "ca"):
        hearing = measured.hearings[language]
        assert hearing.ended
        assert not hearing.missed
        assert holes(hearing.finals) == []
    english, spanish, catalan = (measured.hearings[tag].finals for tag in ("en", "es", "ca"))
    assert [final.segment for final in english] == [final.segment for final in spanish]
    assert [final.segment for final in english] == [final.segment for final in catalan]
    assert all(final.outcome == "ok" for final in (*english, *spanish, *catalan))


def test_what_is_recognised_is_what_was_said(measured: RunFigures) -> None:
    found = figures(measured)
    assert found.error_rate < 0.35
    heard = words(" ".join(final.text for final in measured.hearings["en"].finals))
    assert {"go", "somewhere", "clubs", "forward"} <= set(heard)


def test_translations_are_in_their_languages(measured: RunFigures) -> None:
    spanish = set(words(" ".join(final.text for final in measured.hearings["es"].finals)))
    catalan = set(words(" ".join(final.text for final in measured.hearings["ca"].finals)))
    assert {"siete", "metros"} & spanish
    assert {"set", "metres"} & catalan


@pytest.mark.parametrize("language", ["es", "ca"])
def test_every_translation_is_spoken_and_its_length_fits(measured: RunFigures, language: str) -> None:
    hearing = measured.hearings[language]
    assert len([part for _, part in hearing.speech if part.audio]) >= len(CLIPS)
    assert speech_faults(hearing) == []


def test_partials_come_while_someone_speaks(measured: RunFigures) -> None:
    english = measured.hearings["en"]
    assert any(english.partial_at(final.segment) is not None for final in english.finals)
    assert not any(not caption.final for _, caption in measured.hearings["es"].captions)


async def test_nothing_is_done_for_nobody(stack: Machine, measured: RunFigures) -> None:
    """Engines were asked for exactly the languages that someone listened to."""
    calls = await usage(stack, measured.code)
    assert {call.target_language for call in calls if call.stage == "translate"} == {"es", "ca"}
    assert {call.target_language for call in calls if call.stage == "synthesize"} == {"es", "ca"}
    assert all(call.outcome == "ok" for call in calls)


async def test_without_listeners_only_the_recogniser_works(stack: Machine, clips: list[Clip]) -> None:
    async with Speaker.create(stack.run["url"], "en") as speaker:
        await speak(speaker, of_bytes(clips[0].pcm), Pace(fast=True))
        await speaker.end()
        async for _ in speaker.events():
            pass
    assert {call.stage for call in await usage(stack, speaker.code)} == {"transcribe"}


async def test_nothing_is_synthesized_for_readers(stack: Machine, clips: list[Clip]) -> None:
    join = JoinSession(session_id="", target_language="es", audio=False)
    code, (reader,) = await follow(stack, clips[:1], join)
    assert [final.text for final in reader.finals if final.text]
    assert {call.stage for call in await usage(stack, code)} == {"transcribe", "translate"}


async def test_a_gateway_that_is_killed_costs_no_word(stack: Machine, clips: list[Clip]) -> None:
    """Speaker and listeners come back to its successor, which knows the session."""

    def kill() -> None:
        os.kill(stack.run["processes"]["gateway"]["pid"], signal.SIGKILL)

    floor = JoinSession(session_id="", target_language="en", audio=False)
    spanish = JoinSession(session_id="", target_language="es")
    _, (english, heard) = await follow(stack, clips, floor, spanish, meanwhile=kill)
    for hearing in (english, heard):
        assert hearing.ended
        assert not hearing.missed
        assert holes(hearing.finals) == []
    assert len([final for final in english.finals if final.text]) >= len(clips)


def test_a_past_session_is_replayed_and_exported(stack: Machine, measured: RunFigures, tmp_path: Path) -> None:
    def dragoman(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--data", str(stack.data)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    spanish = [final.text for final in measured.hearings["es"].finals if final.text]
    exported = json.loads(dragoman("export", measured.code, "--language", "es", "--format", "json"))
    assert [segment["text"] for segment in exported["segments"] if segment["text"]] == spanish
    replayed = dragoman("replay", measured.code, "--stage", "translate", "--language", "es")
    assert all(text in replayed for text in spanish)
    dragoman("export", measured.code, "--audio", str(tmp_path / "said.wav"))
    with wave.open(str(tmp_path / "said.wav")) as wav:
        said = wav.readframes(wav.getnframes())
    assert said[: len(measured.placed[0].clip.pcm)] == measured.placed[0].clip.pcm


async def test_the_client_in_the_documentation_works(stack: Machine, clips: list[Clip], tmp_path: Path) -> None:
    """Word for word as it stands in schemas/README.md."""
    page = (Path(__file__).parents[2] / "schemas" / "README.md").read_text()
    program = tmp_path / "client.py"
    program.write_text(page.split("```python\n")[1].split("```")[0])
    url = stack.run["url"]
    async with asyncio.timeout(600), Speaker.create(url, "en") as speaker:
        socket = f"{url.replace('http', 'ws', 1)}/ws"
        argv = [sys.executable, str(program), socket, speaker.code, "es"]
        client = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        try:
            async for event in speaker.events():
                if isinstance(event, ListenersChanged) and event.listeners:
                    break
            await speak(speaker, of_bytes(clips[0].pcm), Pace(fast=True))
            await speaker.end()
            said, _ = await client.communicate()
        finally:
            if client.returncode is None:
                client.kill()
    assert client.returncode == 0
    assert said.strip()
