"""Which finals of a session a language lacks for want of an audience."""

from schemas.messages import Message, Transcript
from tests.workers.driving import record
from tests.workers.texts import transcript, translation
from workers.stage import Record
from workers.translate.gaps import Gaps


def at(written_at: int, message: Message) -> Record:
    return Record("any", 0, 0, "session", message, written_at)


def lacking(*messages: Message, most: int = 10, language: str = "es") -> list[int]:
    gaps = Gaps(most)
    for message in messages:
        gaps.take(record("any", 0, message))
    return [final.segment for final in gaps.missing(language, 0, 1)]


SKIPPED = translation(0, "", outcome="skipped", reason="no-audience")


def test_what_nobody_translated_is_missing_newest_first() -> None:
    assert lacking(transcript(0), transcript(16_000), transcript(32_000), translation(16_000)) == [32_000, 0]


def test_partials_count_for_nothing() -> None:
    assert lacking(transcript(0, final=False), transcript(16_000), translation(16_000, final=False)) == [16_000]


def test_each_language_lacks_its_own() -> None:
    assert lacking(transcript(0), translation(0), language="ca") == [0]
    assert lacking(transcript(0), language="en") == []


def test_of_two_of_the_same_revision_the_first_counts_as_in_the_channels() -> None:
    assert lacking(transcript(0), SKIPPED, translation(0)) == [0]
    assert lacking(transcript(0), translation(0), SKIPPED) == []
    assert lacking(transcript(0), SKIPPED, translation(0, revision=16_001)) == []


def test_a_translation_of_what_was_replaced_since_is_none() -> None:
    assert lacking(transcript(0), translation(0), transcript(0, "better", revision=17_000)) == [0]


def test_what_is_older_than_asked_for_is_left() -> None:
    gaps = Gaps(10)
    gaps.take(at(5, transcript(0)))
    gaps.take(at(6, transcript(16_000)))
    assert [final.segment for final in gaps.missing("es", 6, 1)] == [16_000]
    assert gaps.oldest_at == 5


def test_what_lies_behind_the_question_is_not_missing_yet() -> None:
    gaps = Gaps(10)
    for offset in (7, 8):
        gaps.take(record("any", offset, transcript(offset * 16_000)))
    assert [final.segment // 16_000 for final in gaps.missing("es", 0, 8)] == [7]


def test_no_more_than_the_newest_are_kept_however_many_come() -> None:
    gaps = Gaps(3)
    for number in range(20):
        gaps.take(at(number, transcript(number * 16_000)))
        gaps.take(at(number, translation(number * 16_000, "", outcome="skipped", reason="no-audience")))
        assert len(gaps) <= 6
    assert [final.segment // 16_000 for final in gaps.missing("es", 0, 1)] == [19, 18, 17]
    gaps.take(at(30, transcript(0, revision=99_000)))
    assert len(gaps) == 3
    gaps.keep(1)
    assert [final.segment // 16_000 for final in gaps.missing("es", 0, 1)] == [19]


def test_words_with_their_times_are_not_kept() -> None:
    gaps = Gaps(3)
    gaps.take(at(0, transcript(0, words=())))
    (final,) = gaps.missing("es", 0, 1)
    assert isinstance(final, Transcript)
    assert final.words == ()
