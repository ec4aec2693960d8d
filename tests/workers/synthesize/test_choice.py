"""The most natural voice for which this machine has room."""

from collections.abc import Mapping
from typing import get_args

import pytest

from schemas.languages import Voicing
from tests.workers.driving import Clock
from workers.synthesize.choice import BECAUSE, Choice, Chosen, Reason, rougher
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


TWO = Speaking("two", 0.8, "pt")
TWO.voices = {"pt": (Voice("dora", "female"), Voice("alex", "male"))}


class Machine:
    """Its cores, of which something else uses none, and voices what they cost."""

    def __init__(self, cores: float = 100, pinned: Mapping[str, str] = {}) -> None:
        self.clock = Clock(0)
        self.choice = Choice(ALL, pinned, lambda _: cores, lambda: self.clock.now() / 1000)


def choice(cores: float = 100, pinned: Mapping[str, str] = {}) -> Choice:
    return Machine(cores, pinned).choice


@pytest.mark.parametrize(
    ("cores", "language", "engine", "reason"),
    [
        (1.7, "es", "kokoro", "first"),
        (1.5, "es", "pico", "room"),
        (0.0, "es", "pico", "room"),
        (0.0, "pt", "kokoro", "only"),
        (8.0, "ca", "espeak", "first"),
    ],
)
def test_the_first_that_leaves_half_of_the_cores_speaks_and_a_rough_one_only_where_no_other_does(
    cores: float, language: str, engine: str, reason: str
) -> None:
    best = choice(cores).best(language)
    assert best
    assert (best[0].name, best[1]) == (engine, reason)
    assert choice(cores).of("a", language).engines[0].name == engine


def said(choice: Choice) -> dict[str, str]:
    return {language: f"{told.engine} {told.reason}" for language, told in choice.voicings().items()}


def test_who_fails_is_followed_by_the_others_in_order() -> None:
    assert [engine.name for engine in choice(0.0).of("a", "es").engines] == ["pico", "kokoro", "espeak"]


def test_what_nobody_speaks_has_no_voice() -> None:
    assert choice().best("tlh") is None
    assert choice().of("a", "tlh").engines == ()


def test_each_language_is_told_with_the_name_of_what_would_speak_it_now() -> None:
    assert said(choice(0.0)) == {"ca": "espeak first", "es": "pico room", "pt": "kokoro only"}
    assert said(choice(8.0, {"pt": "espeak"})) == {"ca": "espeak first", "es": "kokoro first", "pt": "espeak pinned"}


def test_what_is_told_says_which_voice_it_is_why_and_what_can_be_chosen() -> None:
    assert Choice([TWO]).voicings() == {
        "pt": Voicing(
            engine="two",
            voice="dora",
            reason="first",
            because="the most natural here",
            voices=["female", "male"],
        )
    }
    assert set(BECAUSE) == set(get_args(Reason))


def test_voices_take_half_of_the_cores_however_much_of_the_load_is_theirs() -> None:
    used: list[Chosen] = []
    shared = Choice(ALL, {}, lambda own: min(8.2, 8.2 - sum(each.cost for each in used) + own), lambda: 0.0)
    for number in range(8):
        used.append(shared.of(f"session-{number}", "es"))
    assert [chosen.engines[0].name for chosen in used] == ["kokoro"] * 5 + ["pico"] * 3


def test_a_voice_takes_no_room_when_it_is_ended_or_has_not_spoken_for_a_minute() -> None:
    machine = Machine(3.4)
    shared = machine.choice
    first, second = shared.of("a", "es"), shared.of("b", "es")
    assert shared.of("c", "es").engines[0].name == "pico"
    first.end()
    assert shared.of("d", "es").engines[0].name == "kokoro"
    machine.clock.forward(59)
    assert shared.of("e", "es").engines[0].name == "pico"
    second.speaks()
    machine.clock.forward(2)
    assert [shared.of(name, "es").engines[0].name for name in ("f", "g")] == ["kokoro", "pico"]


def test_a_voice_that_fell_behind_does_not_come_back_after_a_pause_but_in_another_talk() -> None:
    shared = choice()
    spanish = shared.of("a", "es")
    spanish.fall_behind()
    spanish.end()
    assert shared.of("a", "es").engines[0].name == "pico"
    assert shared.of("b", "es").engines[0].name == "kokoro"


def test_a_talk_that_goes_on_keeps_its_voice_whatever_the_room_has_become() -> None:
    cores = [100.0]
    shared = Choice(ALL, {}, lambda _: cores[0])
    shared.of("a", "es").end()
    cores[0] = 0
    assert shared.of("a", "es").engines[0].name == "kokoro"
    assert shared.of("b", "es").engines[0].name == "pico"


def test_a_talk_of_a_rough_voice_goes_on_with_the_better_one_that_came() -> None:
    rough, fine = Speaking("rough", rough=True), Speaking("fine")
    engines = [rough]
    choice = Choice(engines)
    assert choice.of("s", "es").engines == (rough,)
    pico = choice.of("s", "pt")
    engines.insert(0, fine)
    assert choice.of("s", "es").engines == (rough,)
    choice.renew()
    assert choice.of("s", "es").engines == (fine, rough)
    assert choice.of("s", "pt") is not pico
    kept = choice.of("s", "es")
    choice.renew()
    assert choice.of("s", "es") is kept, "only what was rough"


def test_how_a_voice_is_to_sound_is_kept_for_its_language_of_a_session() -> None:
    shared = choice()
    assert shared.delivery("a", "es") is shared.delivery("a", "es")
    assert len({id(shared.delivery(*whose)) for whose in (("a", "es"), ("a", "pt"), ("b", "es"))}) == 3


def test_a_pinned_engine_speaks_whatever_the_room_and_stays_when_it_falls_behind() -> None:
    chosen = choice(0.0, {"es": "kokoro"}).of("a", "es")
    assert chosen.engines[0].name == "kokoro"
    chosen.fall_behind()
    assert chosen.engines[0].name == "kokoro"


@pytest.mark.parametrize(("cores", "voices"), [(1.6, 1), (3.1, 1), (3.2, 2)])
def test_a_second_voice_speaks_where_there_is_room_for_it_beside_the_first(cores: float, voices: int) -> None:
    chosen = Choice([TWO], {}, lambda _: cores).of("a", "pt")
    assert chosen.together(["female", "male"]) == ["female", "male"][:voices]
    assert chosen.cost == 0.8 * voices


def test_a_second_voice_that_speaks_goes_on_and_one_that_fell_behind_does_not_come_back() -> None:
    cores = [3.2]
    chosen = Choice([TWO], {}, lambda _: cores[0]).of("a", "pt")
    assert len(chosen.together(["female", "male"])) == 2
    cores[0] = 0
    assert len(chosen.together(["female", "male"])) == 2
    chosen.fall_behind()
    cores[0] = 100
    assert chosen.together(["female", "male"]) == ["female"]
    assert chosen.together(["male"]) == ["male"], "one alone, whichever it is"
    assert chosen.cost == 0.8


def test_voices_that_cost_little_need_no_room() -> None:
    assert len(Choice([PICO], {}, lambda _: 0.0).of("a", "es").together(["female", "male"])) == 2


def test_a_voice_that_falls_behind_gives_way_to_no_rough_one() -> None:
    spanish, portuguese = choice().of("a", "es"), choice().of("a", "pt")
    for chosen in (spanish, portuguese):
        chosen.fall_behind()
        chosen.fall_behind()
    assert (spanish.engines[0].name, portuguese.engines[0].name) == ("pico", "kokoro")


def test_the_languages_that_a_missing_engine_leaves_to_a_rough_one_are_told() -> None:
    assert rougher(ALL, [PICO, ESPEAK]) == {"kokoro": ["pt"]}
    assert rougher(ALL, [KOKORO, ESPEAK]) == {}
    assert rougher(ALL, [KOKORO, PICO]) == {}
    assert rougher(ALL, ALL) == {}
