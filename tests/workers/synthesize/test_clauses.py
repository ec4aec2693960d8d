"""Where a text is cut for a slow voice."""

from itertools import pairwise

import pytest

from workers.synthesize.clauses import MOST_CHARACTERS, MOST_CLAUSES, clauses


def test_a_short_text_stays_whole() -> None:
    assert clauses("Bom dia, todos, e bem-vindos.") == ["Bom dia, todos, e bem-vindos."]


def test_a_text_is_cut_behind_its_marks() -> None:
    text = "Bom dia a todos e bem-vindos, à nossa reunião anual. A primeira oradora de hoje fala de energia e de vento."
    assert clauses(text) == [
        "Bom dia a todos e bem-vindos,",
        "à nossa reunião anual. A primeira oradora de hoje fala de energia e de vento.",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("A nossa primeira oradora de hoje vai falar de energias renováveis.", "A nossa primeira oradora"),
        ("Por favor guardem as suas perguntas até ao fim da apresentação.", "Por favor guardem as suas perguntas"),
        ("The next train to London leaves at half past nine.", "The next train to London leaves"),
        ("Nunca tínhamos visto tanta gente nesta sala.", "Nunca tínhamos visto tanta"),
    ],
)
def test_a_long_clause_without_a_mark_is_cut_before_a_phrase_or_between_words(text: str, first: str) -> None:
    assert clauses(text)[0] == first


@pytest.mark.parametrize("text", ["Custa 1.234,56 euros por mês.", "Abre às 10:30 em a.b/c?d=e."])
def test_a_number_or_an_address_is_never_cut(text: str) -> None:
    found = clauses(f"{text} {text} {text}")
    assert sum(clause.count(text.split()[1]) for clause in found) == 3


def test_clauses_only_grow_so_that_no_silence_comes_between() -> None:
    lengths = list(map(len, clauses("palavra " * 200)))
    assert max(lengths) <= MOST_CHARACTERS
    assert all(after <= max(80, 2 * before) for before, after in pairwise(lengths))
    assert lengths[0] <= 40


@pytest.mark.parametrize("text", ["", " \n ", "a" * 5_000, "a. " * 5_000, "." * 5_000, "😀" * 5_000, "de la " * 900])
def test_any_text_comes_out_whole(text: str) -> None:
    found = clauses(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert len(found) <= MOST_CLAUSES + 1
    assert all(found)
