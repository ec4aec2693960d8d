"""What is shown of a growing utterance, what is stable, where it may be cut, and how long it may be silent."""

import pytest

from workers.transcribe.engines.whisper.utterance import Utterance, amount, bare, ends_sentence, key, patience_ms


def spaced(text: str) -> list[str]:
    return [f" {word}" for word in text.split()]


def seen(*texts: str, utterance: Utterance | None = None, paused: bool = False) -> Utterance:
    utterance = utterance or Utterance()
    for text in texts:
        utterance.see(spaced(text), paused and text == texts[-1])
    return utterance


def stable(utterance: Utterance) -> str:
    return utterance.text[: utterance.stable_chars]


def test_the_last_two_words_are_not_shown_until_a_pause() -> None:
    utterance = seen("and so my fellow")
    assert (utterance.text, utterance.stable_chars) == ("and so", 0)
    assert seen("and so my fellow", paused=True).text == "and so my fellow"
    assert seen("and so").text == ""


def test_what_two_readings_agree_on_is_stable_whatever_its_case_and_marks() -> None:
    utterance = seen("and so my fellow", "And so, my fellow Americans ask not")
    assert stable(utterance) == "And so, my fellow"
    assert utterance.text == "And so, my fellow Americans"


def test_what_is_stable_stays_as_it_was_shown_while_readings_agree() -> None:
    utterance = seen("and so my fellow", "And so my fellow Americans", "and so, my fellow Americans, ask not what")
    assert utterance.text.startswith("And so my fellow Americans,")
    assert utterance.words[1] == " so,"


def test_a_reading_that_contradicts_is_shown_and_less_is_stable() -> None:
    utterance = seen("we are sure that one war", "we are sure that one war is", "we were sure that one war is enough")
    assert utterance.text == "we were sure that one war"
    assert stable(utterance) == "we"


def test_in_a_pause_all_that_agrees_is_stable() -> None:
    assert stable(seen("ten of clubs", "Ten of clubs.", paused=True)) == "Ten of clubs."


def test_nothing_read_is_nothing_shown() -> None:
    utterance = seen("and so my fellow", "and so my fellow Americans", "")
    assert (utterance.text, utterance.stable_chars) == ("", 0)


def test_a_clause_ends_at_the_last_mark_that_two_readings_agree_on() -> None:
    first = "had he married a more amiable woman, he might have"
    assert seen(first, first + " been made still").clause() == 7
    assert seen(first.replace(",", ""), first + " been made still").clause() == 0
    assert seen(first, first.replace(",", "") + " been made still").clause() == 0


def test_a_whole_sentence_ends_at_no_comma_and_no_title() -> None:
    said = "had he married a more amiable woman, he might. And then Mr. John"
    assert seen(said, said + " Dashwood had leisure").clause(whole=True) == 9
    assert seen(said[:-9], said[:-5] + " John Dashwood had").clause() == 9
    assert seen(said.replace("might.", "might"), said.replace("might.", "might") + " Dashwood").clause(whole=True) == 0


def test_a_mark_in_what_is_not_stable_or_behind_few_words_ends_no_clause() -> None:
    assert seen("he was not an ill disposed man,", "he was not an ill disposed man, unless").clause() == 0
    assert seen("well, yes, he was not", "well, yes, he was not an ill").clause() == 0


def test_behind_a_clause_it_goes_on_in_mid_sentence() -> None:
    first = "had he married a more amiable woman, he might have"
    rest = seen(first, first + " been made still").behind(7)
    rest.see(spaced("He might have been made still more respectable"))
    assert rest.words[0] == " he"
    assert stable(rest) == "he might have been made still"


@pytest.mark.parametrize(
    ("before", "ahead", "read", "first"),
    [
        (" the", "", "President spoke of it", " president"),
        (" the", " President of", "President of it", " President"),  # it was read so in mid-sentence
        (" and", "", "I'm not sure", " I'm"),
        (" and", "", "NASA said so", " NASA"),
        (" is", "", "Is enough for us", " enough"),  # the end of the last word was heard again
    ],
)
def test_a_continuation_is_not_capitalised(before: str, ahead: str, read: str, first: str) -> None:
    utterance = Utterance([before], spaced(ahead))
    utterance.see(spaced(read))
    assert utterance.words[0] == first


def test_a_sentence_behind_a_sentence_is_capitalised() -> None:
    utterance = seen("it is enough. we are", "it is enough. We are sure of").behind(3)
    utterance.see(spaced("We are sure of that"))
    assert utterance.words[0] == " We"


def test_words_without_their_marks() -> None:
    assert [bare(word) for word in (" “Well,", " don't.", " ¿qué?", " —")] == ["Well", "don't", "qué", "—"]
    assert key(" Don't!") == "dont"


def read(*texts: str) -> Utterance:
    """Readings of a language without spaces: a word is a letter."""
    utterance = Utterance()
    for text in texts:
        utterance.see(list(text))
    return utterance


def test_without_spaces_letters_are_held_back_and_agreed_on() -> None:
    utterance = read("今天的第一位演", "今天的第一位演讲者将谈")
    assert (utterance.text, stable(utterance)) == ("今天的第一位演", "今天的第一位演")
    assert read("今天的第一位演", "今天的地一位演讲者将谈").stable_chars == 3
    assert read("今天的第").text == ""


def test_without_spaces_a_clause_is_as_long_as_elsewhere() -> None:
    assert read("大家好，今天天气很好啊", "大家好，今天天气很好啊我们").clause() == 0  # noqa: RUF001
    long = [*"我们从来没有见过这么多", "人，", *"今天天气很好"]  # noqa: RUF001
    utterance = Utterance()
    utterance.see(long)
    utterance.see([*long, *"我们开始"])
    assert utterance.clause() == 12


def test_a_vowel_sign_makes_another_word() -> None:
    assert key("\u0915\u0940") != key("\u0915\u093e")


def test_an_amount_of_words_in_every_language() -> None:
    assert (amount([" and", " so"]), amount(["今天", "的", "人，"]), amount([])) == (2, 2, 0)  # noqa: RUF001


@pytest.mark.parametrize(
    ("text", "ends"), [("So.", True), ("So?", True), ("So...", False), ("So,", False), ("And Mr.", False), ("", False)]
)
def test_a_sentence_ends_with_its_mark(text: str, ends: bool) -> None:
    assert ends_sentence(text) == ends


SENTENCE = "He was not an ill disposed young man."


def patience(text: str, breath_ms: int = 0, length_s: float = 3) -> int:
    return patience_ms(text, len(text.split()), 500, breath_ms, round(length_s * 16_000))


def test_who_breaks_off_is_given_more_time_than_who_ends_a_sentence() -> None:
    assert patience(SENTENCE) == 500
    assert patience("") == 500
    assert patience(SENTENCE) < patience("He was not an ill disposed,") < patience("Five five.")
    assert patience("He was not an ill disposed...") == patience("He was not an ill disposed")


def test_who_breathes_long_is_given_more_time_up_to_a_limit() -> None:
    assert patience(SENTENCE, breath_ms=300) == 500
    assert patience(SENTENCE, breath_ms=700) == 910
    assert patience(SENTENCE, breath_ms=5_000) == 1_250


def test_long_speech_is_ended_at_a_short_pause_unless_its_speaker_is_slow() -> None:
    assert patience(SENTENCE, length_s=8) < 400
    assert patience(SENTENCE, length_s=8, breath_ms=700) == 910
