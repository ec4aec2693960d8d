"""Join codes."""

import re

import pytest

from gateway.sessions.codes import canonical, new_code, new_session_id, words


@pytest.mark.parametrize("kind", ["adjectives", "nouns"])
def test_there_are_six_hundred_plain_words_of_each_kind(kind: str) -> None:
    listed = words(kind)
    assert len(set(listed)) == len(listed) >= 600
    assert all(re.fullmatch(r"[a-z]{3,11}", word) for word in listed)


def test_no_word_is_of_both_kinds() -> None:
    assert not set(words("adjectives")) & set(words("nouns"))


def test_every_code_can_be_read_without_its_hyphens() -> None:
    """No two pairs of words are the same letters."""
    joined = [adjective + noun for adjective in words("adjectives") for noun in words("nouns")]
    assert len(set(joined)) == len(joined)


def test_a_code_is_adjective_noun_number() -> None:
    adjective, noun, number = new_code().split("-")
    assert adjective in words("adjectives")
    assert noun in words("nouns")
    assert re.fullmatch(r"[1-9]\d\d", number)


@pytest.mark.parametrize(
    "typed",
    [
        "calm-otter-123",
        "Calm Otter 123",
        "CALMOTTER123",
        " calm\u2013otter \u2014 123 ",
        "calm_otter-12 3",
        "calm\u00a0otter 123",
    ],
)
def test_case_spaces_and_hyphens_do_not_matter(typed: str) -> None:
    assert canonical(typed) == "calm-otter-123"


@pytest.mark.parametrize("typed", ["", "calm-otter", "calm-otter-12", "otter-calm-123", "calm-otter-123x", "a" * 100])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert canonical(typed) is None


def test_session_ids_of_one_code_differ() -> None:
    assert new_session_id("calm-otter-123") != new_session_id("calm-otter-123")
