"""Which models would help."""

from workers.translate.lacking import Pair, lacking


def of(*pairs: str) -> dict[Pair, str]:
    """`en-de` to the name of its model."""
    return {(pair[:2], pair[3:]): f"firefox-{pair}" for pair in pairs}


def test_a_pair_that_is_not_there_is_lacking() -> None:
    found, rough = lacking({"en": ["pt"]}, {}, of("en-pt"), of("en-de"))
    assert found == {"en": {"de": ["firefox-en-de"]}}
    assert rough == {}


def test_what_is_there_and_reads_well_lacks_nothing() -> None:
    """Whoever does it: another engine is as good."""
    assert lacking({"en": ["es"]}, {}, of(), of("en-es")) == ({}, {})


def test_what_is_rough_lacks_what_would_make_it_good() -> None:
    assert lacking({"en": ["fr"]}, {"en": ["fr"]}, of(), of("en-fr"))[0] == {"en": {"fr": ["firefox-en-fr"]}}


def test_by_way_of_english_what_is_not_there_can_be_had_roughly() -> None:
    found, rough = lacking({"pt": ["en"]}, {}, of("pt-en"), of("en-de", "de-en"))
    assert found["pt"] == {"de": ["firefox-en-de"]}
    assert "de" in rough["pt"]
    found, rough = lacking({}, {}, of(), of("en-de", "fr-en"))
    assert found["fr"] == {"de": ["firefox-fr-en", "firefox-en-de"], "en": ["firefox-fr-en"]}
    assert rough == {"fr": ["de"]}


def test_half_of_a_way_is_none() -> None:
    assert lacking({}, {}, of(), of("en-de"))[0].keys() == {"en"}


def test_what_is_rough_is_not_replaced_by_what_is_rough() -> None:
    found, _ = lacking({"pt": ["de", "en"]}, {"pt": ["de"]}, of("pt-en"), of("en-de"))
    assert "pt" not in found
