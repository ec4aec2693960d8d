"""Terms are found as whole words, and nowhere else."""

import pytest

from workers.translate.glossary import Glossary, replaced

ENTRIES = {
    "ten meters": {"es": "DIEZ-METROS"},
    "meters": {"es": "metros"},
    "C++": {"es": "C++"},
    "(a|b)": {"es": "x"},
    "met": {"es": "NO"},
    "US": {"es": "EE. UU."},
    "Apple": {"es": "Apple"},
    "apple": {"es": "manzana"},
    "café": {"es": "cafetería"},
    "only in Catalan": {"ca": "y"},
}


def found(text: str, language: str = "es") -> list[tuple[str, str]]:
    return [(text[begin:end], wanted) for begin, end, wanted in Glossary(ENTRIES, language).spans(text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("go ten meters", [("ten meters", "DIEZ-METROS")]),
        ("go ten  meters, then two meters", [("ten  meters", "DIEZ-METROS"), ("meters", "metros")]),
        ("parameters, metering, met_1 and helmet", []),
        ("we met.", [("met", "NO")]),
        ("we Met", [("Met", "NO")]),
        ("C++, (a|b) and a", [("C++", "C++"), ("(a|b)", "x")]),
        ("C++11 and C", []),
        ("the US and us", [("US", "EE. UU.")]),
        ("Apple sells an apple", [("Apple", "Apple"), ("apple", "manzana")]),
        ("APPLE", [("APPLE", "Apple")]),
        ("a CAFE\u0301 and a café", [("café", "cafetería")]),
        ("café\u0301s", []),
        ("only in Catalan", []),
        ("", []),
    ],
)
def test_a_term_is_found_where_it_is_a_whole_word_and_the_longest(text: str, terms: list[tuple[str, str]]) -> None:
    assert found(text) == terms


def test_a_general_tag_serves_its_varieties() -> None:
    assert found("we met", "es-MX") == [("met", "NO")]
    assert found("we met", "fr") == []


def test_the_first_word_of_a_sentence_keeps_its_capital() -> None:
    assert found("Meters count. Meters!") == [("Meters", "Metros"), ("Meters", "Metros")]
    assert found("The Meters") == [("Meters", "metros")]


def test_a_term_stands_between_letters_where_words_have_no_spaces() -> None:
    assert [span[2] for span in Glossary({"東京": {"en": "Tokyo"}}, "en").spans("私は東京に行く")] == ["Tokyo"]


def test_only_whole_words_of_an_answer_are_replaced() -> None:
    assert replaced("conocimos y reconocimos", "conocimos", "NO") == "NO y reconocimos"
    assert replaced("C++ y C", "C++", "D") == "D y C"
