"""Words that are not to be seen."""

from pathlib import Path

import pytest

from dragoman.runtime.errors import SettingsError
from workers.translate.masking import NOTHING, Mask, read_mask


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Damn it, damn!", "D*** it, d***!"),
        ("a dame is damned", "a dame is damned"),
        ("¡Qué coño!", "¡Qué c***!"),
        ("holy cow", "h*******"),
        ("", ""),
    ],
)
def test_whole_words_keep_their_first_letter(text: str, shown: str) -> None:
    assert Mask(["damn", "coño", "holy cow", ""]).over(text) == shown


def test_without_words_nothing_is_masked() -> None:
    assert NOTHING.over("damn") == read_mask("").over("damn") == "damn"


def test_the_words_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("damn\n\ncoño\n")
    assert read_mask(str(tmp_path / "words")).over("coño, damn") == "c***, d***"
    with pytest.raises(SettingsError, match="DRAGOMAN_MASKED_WORDS"):
        read_mask(str(tmp_path / "none"))
