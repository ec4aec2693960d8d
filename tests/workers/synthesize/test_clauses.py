"""Where a text is cut for a slow voice."""

import pytest

from workers.synthesize.clauses import MOST_CHARACTERS, MOST_CLAUSES, clauses


def test_a_short_text_stays_whole() -> None:
    assert clauses("Bom dia, todos.") == ["Bom dia, todos."]


def test_a_text_is_cut_behind_its_marks() -> None:
    text = "Bom dia a todos e bem-vindos, à nossa reunião anual. A primeira oradora de hoje fala de energia."
    assert clauses(text) == [
        "Bom dia a todos e bem-vindos,",
        "à nossa reunião anual. A primeira oradora de hoje fala de energia.",
    ]


@pytest.mark.parametrize(
    "text", ["Custa 1.234,56 euros por mês no prédio novo.", "Abre às 10:30 da manhã em a.b/c?d=e."]
)
def test_a_number_or_an_address_is_never_cut(text: str) -> None:
    assert clauses(text) == [text]


def test_a_word_is_never_left_alone() -> None:
    assert clauses("Mas, como eu dizia, a verdade é outra, amigos.") == [
        "Mas, como eu dizia, a verdade é outra, amigos."
    ]


def test_a_text_without_marks_is_cut_between_words() -> None:
    found = clauses("palavra " * 200)
    assert " ".join(found) == ("palavra " * 200).strip()
    assert max(map(len, found)) <= MOST_CHARACTERS


@pytest.mark.parametrize("text", ["", " \n ", "a" * 5_000, "a. " * 5_000, "." * 5_000, "😀" * 5_000])
def test_any_text_comes_out_whole(text: str) -> None:
    found = clauses(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert len(found) <= MOST_CLAUSES + 1
