"""The most natural voice for which this machine has room."""

from collections.abc import Mapping

import pytest

from workers.synthesize.choice import Choice
from workers.synthesize.engine import NEUTRAL, Sound, Tone, Voice


class Speaking:
    """A voice of a cost."""

    def __init__(self, name: str, cost: float = 0.0, languages: str = "es pt", rough: bool = False) -> None:
        self.name, self.cost, self.rough, self.by_clause = name, cost, rough, cost > 0.5
        self.languages = frozenset(languages.split())
        self.voices: Mapping[str, tuple[Voice, ...]] = {}

    async def start(self) -> None:
        """Nothing to prove."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        return Sound(b"", 16_000)

    async def close(self) -> None:
        """Nothing was started."""


KOKORO, PICO = Speaking("kokoro", 0.8), Speaking("pico", 0.01, "es")
ESPEAK = Speaking("espeak", 0.0, "es pt ca", rough=True)
ALL = (KOKORO, PICO, ESPEAK)


def choice(free_cores: float = 100, pinned: Mapping[str, str] = {}) -> Choice:
    return Choice(ALL, pinned, lambda: free_cores)


@pytest.mark.parametrize(
    ("free_cores", "language", "engine", "reason"),
    [
        (1.7, "es", "kokoro", "first"),
        (1.5, "es", "pico", "room"),
        (0.0, "es", "pico", "room"),
        (0.0, "pt", "kokoro", "only"),
        (8.0, "ca", "espeak", "first"),
    ],
)
def test_the_first_that_leaves_half_of_the_free_cores_speaks_and_a_rough_one_only_where_no_other_does(
    free_cores: float, language: str, engine: str, reason: str
) -> None:
    best = choice(free_cores).best(language)
    assert best
    assert (best[0].name, best[1]) == (engine, reason)
    assert choice(free_cores).of(language).engines[0].name == engine


def test_who_fails_is_followed_by_the_others_in_order() -> None:
    assert [engine.name for engine in choice(0.0).of("es").engines] == ["pico", "kokoro", "espeak"]


def test_what_nobody_speaks_has_no_voice() -> None:
    assert choice().best("tlh") is None
    assert choice().of("tlh").engines == ()


def test_each_language_is_told_with_the_name_of_what_would_speak_it_now() -> None:
    assert choice(0.0).named() == {"ca": "espeak", "es": "pico", "pt": "kokoro"}
    assert choice(8.0).named() == {"ca": "espeak", "es": "kokoro", "pt": "kokoro"}


def test_languages_that_are_heard_at_once_share_the_room_until_they_end() -> None:
    shared = choice(4)
    first, second, third = [shared.of("es") for _ in range(3)]
    assert [chosen.engines[0].name for chosen in (first, second, third)] == ["kokoro", "kokoro", "pico"]
    first.end()
    assert shared.of("es").engines[0].name == "kokoro"


def test_a_pinned_engine_speaks_whatever_the_room_and_stays_when_it_falls_behind() -> None:
    chosen = choice(0.0, {"es": "kokoro"}).of("es")
    assert chosen.engines[0].name == "kokoro"
    chosen.fall_behind()
    assert chosen.engines[0].name == "kokoro"


def test_a_voice_that_falls_behind_gives_way_to_no_rough_one() -> None:
    spanish, portuguese = choice().of("es"), choice().of("pt")
    for chosen in (spanish, portuguese):
        chosen.fall_behind()
        chosen.fall_behind()
    assert (spanish.engines[0].name, portuguese.engines[0].name) == ("pico", "kokoro")
