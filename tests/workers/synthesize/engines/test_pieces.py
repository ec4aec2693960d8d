"""Texts are cut where one would breathe, and cleaned of what Pico obeys."""

import pytest

from workers.synthesize.engines.pieces import MOST_CHARACTERS, pieces

SENTENCE = "El domingo es la mejor parte de la semana."


def test_a_short_text_is_one_piece() -> None:
    assert pieces(f"{SENTENCE} {SENTENCE}") == [f"{SENTENCE} {SENTENCE}"]


def test_a_long_text_is_cut_behind_sentences_and_loses_none() -> None:
    found = pieces(" ".join([SENTENCE] * 40))
    assert " ".join(found) == " ".join([SENTENCE] * 40)
    assert all(len(piece) <= MOST_CHARACTERS and piece.endswith(".") for piece in found)


def test_a_long_sentence_is_cut_behind_clauses() -> None:
    clause = "porque nadie había leído el contrato,"
    found = pieces(" ".join([clause] * 40))
    assert " ".join(found) == " ".join([clause] * 40)
    assert all(len(piece) <= MOST_CHARACTERS and piece.endswith(",") for piece in found)


def test_a_number_is_never_cut_at_its_point() -> None:
    found = pieces("1.234,56 " * 100)
    assert " ".join(found).split() == ["1.234,56"] * 100


def test_words_without_marks_are_cut_between_words() -> None:
    assert " ".join(pieces("palabra " * 200)).split() == ["palabra"] * 200


def test_a_word_without_end_is_made_many_because_pico_hangs_on_it() -> None:
    found = pieces("a" * 1_200)
    assert " ".join(found).split() == ["a" * 50] * 24
    assert all(len(piece) <= MOST_CHARACTERS for piece in found)


@pytest.mark.parametrize("text", ["", " ", "\n\0\t", "...", "¿?", "—", "\u200b", "\ud83d", "<"])
def test_text_with_nothing_to_say_has_no_piece(text: str) -> None:
    assert pieces(text) == []


def test_tags_controls_and_lone_surrogates_become_gaps() -> None:
    assert pieces("uno\0dos\ud83d<pitch level='50'>tres\n") == ["uno dos pitch level='50'>tres"]
