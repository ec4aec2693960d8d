"""Languages by Whisper's names."""

import pytest

from schemas.languages import normalise
from workers.transcribe.engines.whisper.languages import ENGLISH, MULTILINGUAL, of_model, whispers


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("nb", "no"),
        ("jv", "jw"),
        ("fil", "tl"),
        ("zh-Hant", "zh"),
        ("tlh", ""),
        ("", ""),
    ],
)
def test_a_language_has_a_name_or_is_not_known(language: str, name: str) -> None:
    assert whispers(language, MULTILINGUAL) == name


def test_english_models_know_english_only() -> None:
    assert of_model("tiny.en") == of_model("distil-large-v3") == ENGLISH
    assert {"es", "ca", "gl", "zh"} < of_model("base") == of_model("large-v3-turbo")
    assert whispers("es", ENGLISH) == ""


def test_all_are_tags_in_their_usual_spelling() -> None:
    assert {normalise(tag) for tag in MULTILINGUAL} == MULTILINGUAL
