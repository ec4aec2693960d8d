import pytest

from dragoman.runtime.errors import SettingsError
from schemas.languages import normalise
from workers.transcribe.engines.amazon.languages import CODES, by_tag, code_of, named, options_of


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "en-US"),
        ("en-GB", "en-GB"),
        ("en-CA", "en-US"),
        ("es-MX", "es-US"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("no", "no-NO"),
        ("nb", "no-NO"),
        ("tlh", None),
        ("nonsense!", None),
    ],
)
def test_a_tag_is_one_of_amazons_languages(language: str, code: str | None) -> None:
    assert code_of(language) == code


def test_every_code_has_a_tag_as_channels_are_named() -> None:
    assert len(set(CODES)) == len(CODES)
    assert set(by_tag().values()) == set(CODES)
    assert all(by_tag()[normalise(code)] == code for code in CODES)


@pytest.mark.parametrize("codes", [(), ("en-US",), ("en-US", "en-GB"), ("en-US", "tlh")])
def test_languages_that_cannot_be_told_apart_are_refused(codes: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="AMAZON_LANGUAGES"):
        options_of(codes)
    assert options_of(("en-US", "es-US")) == ("en-US", "es-US")


def test_what_the_account_has_is_named_by_language() -> None:
    assert named("amazon_vocabularies", ("en-US:medicine",)) == {"en-US": "medicine"}
    for wrong in ("medicine", "en:medicine", "en-US:"):
        with pytest.raises(SettingsError, match="DRAGOMAN_AMAZON_VOCABULARIES"):
            named("amazon_vocabularies", (wrong,))
