"""Which languages work from end to end."""

from dataclasses import dataclass

import pytest

from dragoman.local.reached import reached


@dataclass
class Fake:
    """An engine of any stage: it translates from English only."""

    languages: frozenset[str]

    def targets(self, source: str) -> frozenset[str]:
        return self.languages if source == "en" else frozenset()


def fake(*languages: str) -> list[Fake]:
    return [Fake(frozenset({language})) for language in languages]


@pytest.mark.parametrize(
    ("recognised", "translated", "spoken", "lines"),
    [
        (["en"], ["ca", "es"], ["es", "ca", "af"], ["from en: ca es, all spoken"]),
        (["en-GB"], ["es", "gl"], ["es"], ["from en-GB: es gl, all spoken but gl"]),
        (["en"], ["es"], ["af"], ["from en: es, as text only"]),
        (["en"], ["*"], ["*"], ["from en: every language, all spoken"]),
        (["de", "en", "fr"], ["es"], ["*"], ["from en: es, all spoken", "from de fr: no translation"]),
        ([], ["es"], ["es"], []),
    ],
)
def test_each_spoken_language_says_what_it_reaches(
    recognised: list[str], translated: list[str], spoken: list[str], lines: list[str]
) -> None:
    assert list(reached(fake(*recognised), fake(*translated), fake(*spoken))) == lines
