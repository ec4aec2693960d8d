"""From tokens to words, with a small vocabulary."""

from collections.abc import Sequence

import pytest

from workers.transcribe.engines.whisper.tokens import Alphabet, said, words

ALPHABET = Alphabet(end=100, first_stamp=110)
PARTS = [b" tear", b" a", b" th", b"in", b" sheet", b",", b" \xe2\x80", b"\x94", b"'s", b" caf\xc3", b"\xa9", b"."]


def decode(tokens: Sequence[int]) -> str:
    return b"".join(PARTS[token] for token in tokens).decode(errors="replace")


def stamp(seconds: float) -> int:
    return ALPHABET.first_stamp + round(seconds * 50)


def test_stamps_and_special_tokens_are_no_text() -> None:
    assert said([stamp(0), 0, 1, stamp(1.0), stamp(1.0), 4, stamp(2.0), 100], ALPHABET, enough_s=5) == (0, 1, 4)


def test_what_follows_a_stamp_at_the_end_of_the_audio_is_invented() -> None:
    assert said([stamp(0), 0, 1, stamp(2.9), stamp(2.9), 4, stamp(5.0)], ALPHABET, enough_s=2.8) == (0, 1)


def test_a_stamp_before_any_text_ends_nothing() -> None:
    assert said([stamp(3.0), 0, stamp(4.0)], ALPHABET, enough_s=2.8) == (0,)


def test_words_keep_the_space_before_them_and_the_marks_after_them() -> None:
    found = words([0, 1, 2, 3, 4, 5], decode, spaced=True)
    assert found == [(" tear", (0,)), (" a", (1,)), (" thin", (2, 3)), (" sheet,", (4, 5))]


def test_a_character_may_be_in_several_tokens_and_a_lonely_mark_belongs_to_the_word_before() -> None:
    found = words([4, 6, 7, 9, 10, 8, 11], decode, spaced=True)
    assert found == [(" sheet —", (4, 6, 7)), (" café's.", (9, 10, 8, 11))]


@pytest.mark.parametrize("tokens", [[9], [6]])
def test_a_character_that_is_cut_off_is_left_out(tokens: list[int]) -> None:
    assert words(tokens, decode, spaced=True) == []


CHINESE = ["今天", "用", "Open", "AI", "的", "3", ".", "5", "版", "，", "2", "个", " 好"]  # noqa: RUF001


def test_without_spaces_a_token_is_a_word_but_numbers_and_foreign_words_are_whole() -> None:
    found = words(range(len(CHINESE)), lambda tokens: "".join(CHINESE[token] for token in tokens), spaced=False)
    assert [text for text, _ in found] == ["今天", "用", "OpenAI", "的", "3.5", "版，", "2", "个", " 好"]  # noqa: RUF001
    assert [token for _, tokens in found for token in tokens] == list(range(len(CHINESE)))
