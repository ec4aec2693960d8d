"""Join codes."""

import hashlib
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateway.sessions.codes import canonical, new_code, new_session_id, words
from gateway.sessions.sessions import Sessions


@pytest.mark.parametrize("kind", ["adjectives", "nouns"])
def test_there_are_six_hundred_plain_words_of_each_kind(kind: str) -> None:
    listed = words(kind)
    assert len(set(listed)) == len(listed) >= 600
    assert all(re.fullmatch(r"[a-z]{4,11}", word) for word in listed)
    assert list(listed) == sorted(listed)


def test_no_word_is_of_both_kinds() -> None:
    assert not set(words("adjectives")) & set(words("nouns"))


def test_no_word_is_one_that_nobody_wants_on_a_screen() -> None:
    """Nor one that makes such a pair; the list is of digests, so that nobody has to read it here."""
    unwanted = set((Path(__file__).parent / "unwanted.txt").read_text().split())
    assert digest("beaver") in unwanted
    assert not [word for kind in ("adjectives", "nouns") for word in words(kind) if digest(word) in unwanted]


def digest(word: str) -> str:
    """As in the list."""
    return hashlib.blake2b(word.encode(), digest_size=3).hexdigest()


def test_every_code_can_be_read_without_its_hyphens() -> None:
    """No two pairs of words are the same letters."""
    joined = [adjective + noun for adjective in words("adjectives") for noun in words("nouns")]
    assert len(set(joined)) == len(joined)


def test_each_of_all_codes_is_read_as_itself() -> None:
    pairs = [(adjective, noun) for adjective in words("adjectives") for noun in words("nouns")]
    assert all(canonical(f"{adjective}{noun}123") == f"{adjective}-{noun}-123" for adjective, noun in pairs)


async def test_a_code_that_is_taken_is_not_given_again(redis: Redis) -> None:
    one, other = Sessions(redis, "one", 60), Sessions(redis, "other", 60)
    code = new_code()
    claims = [await each.claim_code(code, new_session_id(code)) for each in (one, other)]
    assert claims == [True, False]
    await one.release_code(code)
    assert await other.claim_code(code, new_session_id(code))


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
