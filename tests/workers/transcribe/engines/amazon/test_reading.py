"""Results of Transcribe become hypotheses."""

import pytest
from amazon_transcribe.model import Alternative, Item, Result

from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.amazon.reading import StreamReading

RATE = 16_000


def result(text: str, *, stable: int = 0, partial: bool = True, number: int = 0, language: str = "") -> Result:
    """Of words of half a second each, from 2 s `number` on; a mark is an item of its own, and takes no time."""
    items, at = [], 100.0 * number + 2
    for word in text.split():
        bare = word.rstrip(".,?")
        items.append(Item(at, at + 0.5, "pronunciation", bare, confidence=0.5))
        at += 0.5
        items += [Item(at, at, "punctuation", mark) for mark in word[len(bare) :]]
    for item in items[:stable]:
        item.stable = True
    alternative = Alternative(text, items, None)
    return Result(f"r{number}", 100.0 * number + 2, at, partial, [alternative], language_code=language or None)


def reading(**options: bool) -> StreamReading:
    read = StreamReading(1_000, **options)
    read.sent = 1_000 + 1_000 * RATE
    return read


def test_a_result_is_a_partial_until_it_is_a_final() -> None:
    read = reading()
    (partial,) = read.take(result("We are going", stable=2))
    assert (partial.text, partial.final, partial.stable_chars) == ("We are going", False, len("We are"))
    assert (partial.start, partial.end, partial.until) == (1_000 + 2 * RATE, 1_000 + 3.5 * RATE, 1_000 + 3.5 * RATE)
    assert read.open
    (final,) = read.take(result("We are going home.", partial=False))
    assert (final.text, final.final, final.stable_chars) == ("We are going home.", True, 18)
    assert [word.text for word in final.words] == ["We", "are", "going", "home"]
    assert final.words[0].confidence == 0.5
    assert not read.open


def test_a_sentence_that_is_stable_is_final_while_the_speaker_goes_on() -> None:
    read = reading()
    first, rest = read.take(result("We go home. It is", stable=5))
    assert (first.text, first.final, first.until) == ("We go home.", True, 1_000 + 3.5 * RATE)
    assert (rest.text, rest.final, rest.start, rest.stable_chars) == ("It is", False, first.until, 2)
    (final,) = read.take(result("We go home. It is late.", partial=False))
    assert (final.text, final.start) == ("It is late.", first.until)


@pytest.mark.parametrize("stable", [0, 3, 4])
def test_a_sentence_is_not_final_before_something_stable_follows(stable: int) -> None:
    """The mark may become a comma."""
    (partial,) = reading().take(result("We go home. It is", stable=stable))
    assert partial == reading().take(result("We go home. It is", stable=stable))[0]
    assert not partial.final


def test_long_speech_without_a_sentence_is_cut_at_a_clause_else_at_a_word() -> None:
    words = " ".join(f"w{number}" for number in range(30))
    first, rest = reading().take(result(words, stable=28))
    assert (first.text.split()[-1], rest.text) == ("w26", "w27 w28 w29")
    first, _ = reading().take(result(f"{words.replace('w20', 'w20,')}", stable=29))
    assert first.text.split()[-1] == "w20,"


def test_what_was_said_as_final_is_not_said_again_even_if_the_service_thinks_otherwise() -> None:
    read = reading()
    read.take(result("We go home. It is", stable=5))
    (final,) = read.take(result("We go.", partial=False))
    assert final.text == ""
    assert final.until > 1_000 + 3.5 * RATE - 1
    assert not read.take(result("", partial=False, number=1))


def test_nothing_reaches_beyond_the_audio_or_before_what_is_final() -> None:
    read = reading()
    read.sent = 1_000 + 3 * RATE
    (final,) = read.take(result("We are going home.", partial=False))
    assert final.until == read.sent
    assert all(word.end <= read.sent for word in final.words)
    (again,) = read.take(result("We are", number=0))
    assert again.start == read.sent


def test_after_the_end_the_last_final_reaches_to_the_end_of_the_audio() -> None:
    read = reading()
    read.end()
    assert read.take(result("One.", partial=False)) == []
    assert [said.text for said in read.take(result("Two.", partial=False, number=1))] == ["One."]
    (last,) = read.rest()
    assert (last.text, last.until) == ("Two.", read.sent)
    assert read.rest() == []


def test_a_text_without_spaces_keeps_none() -> None:
    items = [Item(0.0, 0.5, "pronunciation", word) for word in ("今天", "天气", "好")]
    items[0].stable = True
    (partial,) = reading().take(Result("r", 0.0, 1.0, True, [Alternative("今天天气好", items, None)]))
    assert (partial.text, partial.stable_chars) == ("今天天气好", 2)


def test_where_the_transcript_is_not_what_its_items_say_the_items_count() -> None:
    items = [Item(0.0, 0.5, "pronunciation", "one"), Item(0.5, 0.5, "punctuation", ".")]
    (final,) = reading().take(Result("r", 0.0, 1.0, False, [Alternative("something else", items, None)]))
    assert final.text == "one."


@pytest.mark.parametrize(("code", "language"), [("es-US", "es"), ("xx-XX", ""), ("", "")])
def test_a_language_that_is_found_out_is_told_and_certain_in_a_final(code: str, language: str) -> None:
    found = [
        said
        for partial in (True, False)
        for said in reading(finds=True).take(result("Hola", partial=partial, language=code))
    ]
    assert [(said.language, said.certain) for said in found] == [(language, False), (language, bool(language))]
    (said,) = reading().take(result("Hola", language=code))
    assert said.language == ""


def test_an_event_without_an_alternative_says_nothing() -> None:
    found: list[Hypothesis] = reading().take(Result("r", 0.0, 1.0, True, []))
    assert found == []
