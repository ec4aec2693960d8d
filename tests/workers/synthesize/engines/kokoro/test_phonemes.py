"""How a text becomes what Kokoro reads."""
# ruff: noqa: RUF001  # phonemes look like other letters

import pytest

from workers.synthesize.engines.kokoro.phonemes import AT_ONCE, MOST_TOKENS, phonemes, readings, tokens

VOCABULARY = {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz ,.!?…—0123456789“”()", 1)}


def read(text: str) -> str:
    """The tokens as letters; the phonemes are the text itself."""
    letters = {number: letter for letter, number in VOCABULARY.items()}
    return "".join(letters[number] for number in tokens(text, lambda piece: piece, VOCABULARY))


def test_marks_stay_and_what_is_between_them_becomes_phonemes() -> None:
    assert read("hola, amigo. adios") == "hola, amigo. adios"


def test_a_mark_between_digits_belongs_to_the_number() -> None:
    asked: list[str] = []
    tokens("cuesta 1.234,56 euros, o 10:30.", lambda piece: asked.append(piece) or "a", VOCABULARY)  # type: ignore[func-returns-value]
    assert [piece.strip() for piece in asked] == ["cuesta 1.234,56 euros", "o 10:30"]


def test_a_very_long_text_is_cut() -> None:
    assert len(tokens("a" * 5_000, lambda piece: piece, VOCABULARY)) == MOST_TOKENS


@pytest.mark.parametrize("numbers", [[], [1] * 50, [1, 2, 0] * 150, [1] * 500])
def test_what_is_too_much_for_one_reading_is_read_in_pieces(numbers: list[int]) -> None:
    found = readings(numbers, 0)
    assert [number for piece in found for number in piece] == numbers
    assert all(0 < len(piece) <= AT_ONCE for piece in found)
    if 0 in numbers:
        assert all(piece[0] == 0 for piece in found[1:])


@pytest.mark.parametrize(
    ("ipa", "said"),
    [
        ("lə- (^e^n)wˈiːkˈɛnd(^f^r) e", "lə wˈiːkˈɛnd e"),
        ("mˈa(en)ri(es)", "mˈari"),
        ("t^ʃˈino d^ʒ a^ɪ o^ʊ", "ʧˈino ʤ I O"),
        ("ʒoˈɐ̃^ʊ̃ nãũ", "ʒoˈɐ̃ʊ̃ na\u0303u\u0303"),
    ],
)
def test_ties_become_ligatures_and_switches_of_language_go(ipa: str, said: str) -> None:
    assert phonemes(ipa) == said
