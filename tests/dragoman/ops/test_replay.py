"""A stage of today on records of the past, without a broker."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import pytest
from msgspec import structs

from dragoman.ops.replay import input_of, lanes, languages_of, replay
from dragoman.ops.stages import open_stage
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from schemas.messages import Audio, End, Message, Speech, Transcript, Translation, Wanted
from workers.stage import Drain, Emit, Idle, Inbound, Outbound, Record, Settle

SCRIPTED = Settings(engines="scripted")
COMMON = {"segment": 0, "until": 32_000, "start": 0, "end": 32_000, "spoken_at": 0, "engine": "scripted"}


def record(topic: str, message: Message, offset: int = 0) -> Record:
    return Record(topic, 0, offset, "calm-otter-123-x", message, 0)


def transcript(text: str, *, final: bool = True) -> Transcript:
    return Transcript(**COMMON, final=final, revision=1, language="en", text=text)  # type: ignore[arg-type]  # fields


def translation(language: str) -> Translation:
    fields = {**COMMON, "final": True, "revision": 1, "text": "hola", "source_text": "hello", "source_language": "en"}
    return Translation(**fields, language=language)  # type: ignore[arg-type]  # fields


async def each(records: Sequence[Record]) -> AsyncGenerator[Record, None]:
    for one in records:
        yield one


async def yielded(stage: str, records: Sequence[Record], languages: Sequence[str]) -> list[Message]:
    found = []
    async with open_stage(stage, SCRIPTED, languages) as run:
        for lane in await lanes(each(records), stage):
            found += [emit.message async for emit in replay(lane, run)]
    return found


async def test_translate_runs_again_into_every_language_that_is_asked_for():
    found = await yielded("translate", [record("transcripts", transcript("hello"))], ["ca", "es"])
    translations = [message for message in found if isinstance(message, Translation)]
    assert sorted((message.language, message.outcome) for message in translations) == [("ca", "ok"), ("es", "ok")]


async def test_translate_runs_again_on_what_came_late_too_also_behind_the_end():
    late = structs.replace(transcript("late"), segment=32_000, until=64_000, revised=True)
    records = [
        record("transcripts", transcript("hello"), 0),
        record("transcripts", Wanted(language="es", at=0), 1),
        record("transcripts", End(position=64_000, language="en", ended_at=0), 2),
        record("transcripts", late, 3),
    ]
    found = await yielded("translate", records, ["es"])
    translations = [(message.text, message.revised) for message in found if isinstance(message, Translation)]
    assert translations == [("hello", False), ("late", True)]


async def test_partials_of_the_past_are_not_translated_again():
    found = await yielded("translate", [record("transcripts", transcript("hel", final=False))], ["es"])
    assert found == []


async def test_transcribe_hears_the_audio_again_also_when_the_session_has_no_end():
    pcm = bytes(2 * 1600)
    audio = [
        Audio(kind="frame", position=at, captured_at=at // 16, language="en", pcm=pcm) for at in range(0, 48_000, 1600)
    ]
    records = [record("audio", frame, offset) for offset, frame in enumerate(audio)]
    finals = [m for m in await yielded("transcribe", records, []) if isinstance(m, Transcript) and m.final]
    assert [(final.segment, final.until) for final in finals] == [(0, 32_000), (32_000, 48_000)]


async def test_synthesize_speaks_old_translations_each_language_in_a_lane_of_its_own():
    """They were spoken in 1970: nothing is late in a replay."""
    records = [
        record("translations", translation("es"), 0),
        record("translations", translation("ca"), 1),
        record("translations", End(position=32_000, language="es", ended_at=0), 2),
        record("translations", End(position=32_000, language="ca", ended_at=0), 3),
    ]
    found = await yielded("synthesize", records, ["es", "ca"])
    speech = [message for message in found if isinstance(message, Speech)]
    assert [(message.language, message.outcome) for message in speech] == [("es", "ok"), ("ca", "ok")]
    assert all(message.audio for message in speech)


async def test_a_stage_is_drained_only_when_all_is_settled():
    seen: list[str] = []

    async def stage(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        kept = []
        async for item in inbound:
            seen.append(type(item).__name__)
            match item:
                case Record():
                    kept.append(item)
                case Idle():
                    yield Emit("usage", kept[0].message)
                    for one in kept:
                        yield Settle(one)
                case Drain():
                    return

    records = [record("transcripts", transcript("a"), 0), record("transcripts", transcript("b"), 1)]
    assert len([emit async for emit in replay(each(records), stage)]) == 1
    assert seen == ["Record", "Record", "Idle", "Drain"]


async def test_the_languages_of_a_session_are_those_of_its_translations():
    records = [record("translations", translation(tag)) for tag in ("es", "ca", "es")]
    assert await languages_of(each(records)) == ["ca", "es"]


def test_broadcast_cannot_be_replayed():
    with pytest.raises(DragomanError, match="broadcast"):
        input_of("broadcast")
