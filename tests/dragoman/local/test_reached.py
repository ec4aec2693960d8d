"""Which languages work from end to end."""

from dataclasses import dataclass

import pytest

from dragoman.local.reached import reached


@dataclass
class Fake:
    """An engine of any stage: it translates from English only, and roughly what is in `poor`."""

    languages: frozenset[str]
    name: str = "fake"
    poor: frozenset[str] = frozenset()

    def targets(self, source: str) -> frozenset[str]:
        return self.languages if source == "en" else frozenset()

    def rough(self, source: str) -> frozenset[str]:
        return self.poor


def fake(*languages: str) -> list[Fake]:
    return [Fake(frozenset({language})) for language in languages]


@pytest.mark.parametrize(
    ("recognised", "translated", "spoken", "lines"),
    [
        (["en"], ["ca", "es"], ["es", "af"], ["from en (fake): ca (fake; no voice), es (fake; voice fake)"]),
        (["en-GB"], ["es"], ["es"], ["from en-GB (fake): es (fake; voice fake)"]),
        (["en"], ["*"], ["*"], ["from en (fake): every language (fake; voice fake)"]),
        (
            ["de", "en", "fr"],
            ["es"],
            ["*"],
            ["from en (fake): es (fake; voice fake)", "from de fr (fake): no translation"],
        ),
        (["auto"], [], [], ["the language that is spoken can be found out, by fake"]),
        ([], ["es"], ["es"], []),
    ],
)
def test_each_spoken_language_says_what_it_reaches(
    recognised: list[str], translated: list[str], spoken: list[str], lines: list[str]
) -> None:
    assert list(reached(fake(*recognised), fake(*translated), dict.fromkeys(spoken, "fake"))) == lines


def test_the_engine_that_is_asked_first_is_named_and_what_reads_roughly_comes_last() -> None:
    translators = [
        Fake(frozenset({"es", "gl"}), "one", frozenset({"es", "gl"})),
        Fake(frozenset({"es", "pt"}), "two"),
    ]
    voices = {"es": "fine", "pt": "plain"}
    assert list(reached(fake("en"), translators, voices)) == [
        "from en (fake): es (one; voice fine), pt (two; voice plain), gl (one, rough; no voice)"
    ]
