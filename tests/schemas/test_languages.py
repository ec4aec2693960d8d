"""Which available language serves a wanted one: RFC 4647, lookup."""

import pytest

from schemas.languages import ANY, LanguageTagError, abilities_key, lookup, normalise


@pytest.mark.parametrize(
    ("wanted", "available", "served"),
    [
        ("es", ["en", "es"], "es"),
        ("es-MX", ["en", "es"], "es"),
        ("es", ["es-MX"], None),
        ("ES-mx", ["es-MX"], "es-MX"),
        ("pt-BR", ["pt", "pt-BR"], "pt-BR"),
        ("pt-AO", ["pt", "pt-BR"], "pt"),
        ("de", ["en", "es"], None),
        # RFC 4647 section 3.4: the fallback of zh-Hant-CN-x-private1-private2, step by step
        ("zh-Hant-CN-x-private1-private2", ["zh-Hant-CN-x-private1-private2"], "zh-Hant-CN-x-private1-private2"),
        ("zh-Hant-CN-x-private1-private2", ["zh-Hant-CN-x-private1", "zh"], "zh-Hant-CN-x-private1"),
        ("zh-Hant-CN-x-private1-private2", ["zh-Hant-CN", "zh-Hant"], "zh-Hant-CN"),
        ("zh-Hant-CN-x-private1-private2", ["zh-Hant", "zh"], "zh-Hant"),
        ("zh-Hant-CN-x-private1-private2", ["zh"], "zh"),
        ("zh-Hant-CN-x-private1-private2", ["en"], None),
        ("zh-Hant-CN-x-private1", ["zh-Hant-CN-x", "zh"], "zh"),  # a single letter goes with what follows it
        # the same section: the range de-ch is matched by de-CH, and falls back to de
        ("de-ch", ["de-CH", "de"], "de-CH"),
        ("de-ch", ["de-AT", "de"], "de"),
    ],
)
def test_the_longest_available_prefix_serves(wanted: str, available: list[str], served: str | None) -> None:
    assert lookup(wanted, available) == served


def test_an_engine_for_every_language_serves_the_tag_itself() -> None:
    assert lookup("es-mx", [ANY]) == "es-MX"
    assert lookup("es-MX", [ANY, "es"]) == "es"


@pytest.mark.parametrize(
    ("written", "usual"), [("ES-mx", "es-MX"), ("EN", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("sr-latn", "sr-Latn")]
)
def test_tags_get_their_usual_spelling(written: str, usual: str) -> None:
    assert normalise(written) == usual


@pytest.mark.parametrize("written", ["", "e", "español", "en us", "-", "en--US", "x" * 36, "../etc", "en\n", "*", "1"])
def test_what_is_no_tag_is_refused(written: str) -> None:
    with pytest.raises(LanguageTagError):
        normalise(written)


def test_a_refused_tag_is_quoted_at_most_as_long_as_a_tag_can_be() -> None:
    with pytest.raises(LanguageTagError) as caught:
        normalise("x" * 100_000)
    assert len(str(caught.value)) <= 35


def test_each_stage_keeps_its_abilities_under_a_name_of_its_own() -> None:
    assert abilities_key("translate") == "dragoman:abilities:translate"
