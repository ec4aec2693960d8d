"""What of a text is read aloud."""
# ruff: noqa: RUF001  # quotation marks of other languages

import pytest

from workers.synthesize.engines.readable import readable


@pytest.mark.parametrize("text", ["", " ", "😀", "☕️ 👍🏽", "...", "\0", "\ud83d", "Привет", "你好"])
def test_what_cannot_be_said_is_nothing(text: str) -> None:
    assert readable(text, "pt-br") == ""


def test_emoji_are_not_read_aloud() -> None:
    assert readable("hola 😀 a 20 °C ☕️, 50 % de 3 €", "es") == "hola a 20 °C , 50 % de 3 €"


def test_an_elision_of_an_elision_is_written_apart() -> None:
    assert readable("l’histoire d’aujourd’hui", "fr-fr") == "l'histoire d aujourd'hui"


def test_hindi_is_readable_in_its_own_letters() -> None:
    assert readable("नमस्ते दुनिया।", "hi") == "नमस्ते दुनिया."
    assert readable("नमस्ते", "en-us") == ""
