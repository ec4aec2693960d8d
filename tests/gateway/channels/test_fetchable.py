"""What could be had once its models are there, as it is offered."""

from typing import Any

import pytest
from msgspec import UNSET

from gateway.channels.fetchable import Fetchable
from gateway.channels.offers import Offers
from schemas.fetching import Absent

CAPTIONS = {
    "en": {"de": ["en-de"], "fr": ["en-fr"], "uk": ["en-uk"]},
    "pt": {"de": ["en-de"], "uk": ["pt-en", "en-uk"]},
}
VOICES = {"uk": ["voice-uk"], "es": ["voice-es"]}


def offers(**states: Any) -> Offers:
    """English to Spanish and roughly French; `en_de="absent"` could be fetched."""
    models = {name.replace("_", "-"): Absent(size=36_400_000, state=state) for name, state in states.items()}
    return Offers(
        {"en": [], "pt": []},
        {"en": ["es", "fr"], "pt": ["en"]},
        {"*": ["es", "fr", "de"]},
        rough={"en": ["fr"], "pt": ["uk"]},
        fetchable=Fetchable(CAPTIONS, VOICES, models),
    )


def described(of: Offers, source: str = "en") -> dict[str, tuple[object, ...]]:
    return {each.language: (each.state, each.fetch_mb, each.failed) for each in of.languages(source)}


def test_where_nobody_fetches_what_is_there_is_all() -> None:
    assert described(offers()) == {
        "en": ("available", UNSET, UNSET),
        "es": ("available", UNSET, UNSET),
        "fr": ("available", UNSET, UNSET),
    }
    assert offers().later("en") == []
    assert offers().fetchable.needed("en", ["de"], "es") == set()


def test_what_can_be_fetched_is_offered_after_what_is_there_with_its_size() -> None:
    found = offers(en_de="absent", en_fr="absent")
    assert list(described(found)) == ["en", "es", "fr", "de"]
    assert described(found)["de"] == ("fetchable", 37, UNSET)
    assert described(found)["fr"] == ("available", 37, UNSET), "roughly until then"
    assert found.target("de-AT", "en") == "de"
    assert [each.captions for each in found.languages("en")] == [True] * 4


def test_half_of_a_way_is_not_offered() -> None:
    assert offers(en_uk="absent").later("pt") == []
    assert offers(en_uk="absent", pt_en="absent").later("pt") == ["uk"]
    assert described(offers(en_uk="absent", pt_en="absent"), "pt")["uk"] == ("fetchable", 73, UNSET)
    (ukrainian,) = (each for each in offers(en_uk="absent", pt_en="absent").languages("pt") if each.language == "uk")
    assert (ukrainian.quality, ukrainian.speech) == ("rough", False)


@pytest.mark.parametrize(
    ("state", "failed"), [("waiting", UNSET), ("fetching", UNSET), ("fetched", UNSET), ("failed", True)]
)
def test_what_is_being_fetched_is_preparing_until_the_workers_have_it(state: str, failed: object) -> None:
    found = described(offers(en_de=state, en_fr=state))
    assert found["de"] == ("preparing", 37, failed)
    assert found["fr"] == ("preparing", 37, failed)


def test_a_voice_that_can_be_fetched_makes_a_language_heard() -> None:
    found = offers(en_uk="absent", voice_uk="absent")
    (ukrainian,) = (each for each in found.languages("en") if each.language == "uk")
    assert (ukrainian.speech, ukrainian.fetch_mb) == (True, 73)
    assert found.fetchable.needed("en", ["uk"], "uk") == {"en-uk", "voice-uk"}
    assert found.fetchable.needed("en", ["uk"], None) == {"en-uk"}
    assert found.fetchable.needed("en-GB", ["uk"], None) == {"en-uk"}
    assert found.fetchable.needed("sw", ["uk", None], None) == set()


def test_of_a_language_that_is_to_be_found_out_yet_all_is_offered_and_nothing_fetched() -> None:
    found = offers(en_de="absent")
    assert "de" in [each.language for each in found.languages("auto")]
    assert found.fetchable.needed("auto", ["de"], None) == set()


def test_what_the_workers_said_counts_while_a_redis_has_forgotten_it() -> None:
    before = offers(en_de="absent")
    assert Offers({}, {}, {}, fetchable=Fetchable(models=before.fetchable.models)).or_else(before) == before
    assert Offers({}, {}, {}).or_else(before).fetchable.models == {}, "whoever fetches says it every second"
