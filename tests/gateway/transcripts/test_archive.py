"""Reading a session's text back from a real Kafka."""

import asyncio

import msgspec
import pytest

from dragoman.runtime.wall_clock import now_ms
from gateway.errors import RefusedError
from gateway.transcripts import archive
from gateway.transcripts.archive import SessionReader
from schemas.messages import Session, Wanted
from schemas.topics import TRANSCRIPTS, TRANSLATIONS
from tests.dragoman.transcripts.spoken import SECOND, SESSION, transcript, translation
from tests.gateway.spoken_session import end, produce, say

NOBODY: frozenset[str] = frozenset()


def session(name: str) -> Session:
    return msgspec.structs.replace(SESSION, session_id=f"{name}-{now_ms()}", created_at=now_ms(), partition=2)


async def test_it_has_all_that_was_said_in_a_session_and_nothing_of_another(kafka: str) -> None:
    one, other = session("one"), session("other")
    await say(kafka, one, transcript(0, "mine"), translation(0, "mío"))
    await say(kafka, other, transcript(9 * SECOND, "theirs"), translation(9 * SECOND, "suyo"))
    await say(kafka, one, transcript(2 * SECOND, "mine again"), end("en"))
    finals = await SessionReader(kafka, 60).read(one, NOBODY)
    assert [text.text for text in finals.said("en")] == ["mine", "mine again"]
    assert [text.text for text in finals.said("es")] == ["mío"]
    assert finals.languages == ["en", "es"]


async def test_it_reads_no_further_than_the_ends_of_all_languages(kafka: str) -> None:
    """What others say later costs a past session nothing; a language that is behind is waited for."""
    spoken = session("ended")
    await say(kafka, spoken, transcript(0, "one"), end("en"), transcript(2 * SECOND, "after the end"))
    french = translation(0, "un", language="fr")
    await say(kafka, spoken, translation(0, "uno"), end("es"), french, end("fr"), translation(9 * SECOND, "tras"))
    finals = await SessionReader(kafka, 60).read(spoken, frozenset({"en", "es", "fr"}))
    assert [text.text for text in finals.said("en")] == ["one"]
    assert [text.text for text in finals.said("es")] == ["uno"]
    assert [text.text for text in finals.said("fr")] == ["un"]


async def test_of_a_language_that_was_never_certain_the_first_end_of_a_translation_is_not_the_last(kafka: str) -> None:
    spoken = msgspec.structs.replace(session("auto"), source_language="auto")
    await produce(kafka, spoken, TRANSCRIPTS, [transcript(0, "hola", language="es"), end("es")])
    french = translation(0, "bonjour", language="fr")
    await produce(kafka, spoken, TRANSLATIONS, [translation(0, "hello", language="en"), end("en"), french, end("fr")])
    finals = await SessionReader(kafka, 60).read(spoken, frozenset({"en", "fr"}))
    assert [text.text for text in finals.said("fr")] == ["bonjour"]


async def test_a_language_that_was_only_spoken_has_no_end_that_could_be_waited_for(kafka: str) -> None:
    """Spanish was spoken first, and nobody listened to it; English was translated into before it was spoken."""
    spoken = session("changed")
    spanish = transcript(0, "hola", language="es")
    await produce(kafka, spoken, TRANSCRIPTS, [spanish, transcript(2 * SECOND, "hello"), end("en")])
    said = [translation(0, "hi", language="en"), translation(0, "salut", language="fr"), end("fr")]
    await produce(kafka, spoken, TRANSLATIONS, [*said, translation(9 * SECOND, "après", language="fr")])
    finals = await SessionReader(kafka, 60).read(spoken, frozenset({"en", "fr"}))
    assert [text.text for text in finals.said("fr") if not text.missing] == ["salut"]
    assert [text.text for text in finals.said("en")] == ["hi", "hello"]


async def test_what_is_filled_after_the_end_is_read_too(kafka: str) -> None:
    """A hole may still be filled when all has ended; a language that is asked for is no text."""
    spoken = session("filled")
    hole = translation(0, "", outcome="skipped", reason="no-audience")
    filled = translation(0, "uno", revision=2, revised=True)
    wanted = Wanted(language="es", at=now_ms())
    await produce(kafka, spoken, TRANSCRIPTS, [transcript(0, "one"), end("en"), wanted])
    await produce(kafka, spoken, TRANSLATIONS, [hole, end("es"), filled, translation(9 * SECOND, "tras")])
    finals = await SessionReader(kafka, 60).read(spoken, frozenset({"en", "es"}))
    assert [text.text for text in finals.said("en")] == ["one"]
    assert [text.text for text in finals.said("es")] == ["uno"]


async def test_what_is_filled_long_after_anyone_can_have_asked_for_it_is_not_looked_for(kafka: str) -> None:
    """The rest of the partition belongs to others."""
    spoken = session("old")
    await produce(kafka, spoken, TRANSCRIPTS, [transcript(0, "one"), end("en")])
    await asyncio.sleep(0.01)  # in another millisecond
    await produce(kafka, spoken, TRANSCRIPTS, [transcript(0, "two", revision=2, revised=True)])
    finals = await SessionReader(kafka, 0.001 - archive.FILLED_S).read(spoken, NOBODY)
    assert [text.text for text in finals.said("en")] == ["one"]


async def test_a_record_that_cannot_be_read_is_passed_over(kafka: str) -> None:
    from aiokafka import AIOKafkaProducer

    spoken = session("broken")
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(TRANSCRIPTS, b"{", key=spoken.session_id.encode(), partition=spoken.partition)
    await produce(kafka, spoken, TRANSCRIPTS, [transcript(0, "one")])
    assert [text.text for text in (await SessionReader(kafka, 60).read(spoken, NOBODY)).said("en")] == ["one"]


async def test_a_session_that_is_too_long_is_refused(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_CHARACTERS", 10)
    spoken = session("long")
    await say(kafka, spoken, transcript(0, "0123456789"), transcript(2 * SECOND, "0"))
    with pytest.raises(RefusedError) as refused:
        await SessionReader(kafka, 60).read(spoken, NOBODY)
    assert refused.value.code == "forbidden"


async def test_a_kafka_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LONGEST_S", 1.0)
    with pytest.raises(RefusedError) as refused:
        await SessionReader("127.0.0.1:9", 60).read(SESSION, NOBODY)
    assert refused.value.code == "unavailable"


async def test_only_a_few_are_read_at_a_time_and_who_waits_too_long_is_told(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, release = [], asyncio.Event()

    async def slow(_self: SessionReader, spoken: Session, _languages: frozenset[str]) -> None:
        reading.append(spoken)
        await release.wait()

    monkeypatch.setattr(SessionReader, "_read", slow)
    monkeypatch.setattr(archive, "LONGEST_S", 0.2)
    kept = SessionReader(kafka, 60)
    asked = [asyncio.create_task(kept.read(SESSION, NOBODY)) for _ in range(archive.AT_ONCE + 2)]
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(reading) == archive.AT_ONCE, "the others wait"
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, RefusedError) and each.code == "unavailable" for each in told)
