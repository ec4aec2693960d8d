"""A text is spoken once in each voice that is asked for."""

from collections.abc import Sequence

import pytest

from schemas.channels import ChosenVoice
from workers.synthesize.engine import NEUTRAL, Tone, Voice, voice_for
from workers.synthesize.readings import readings
from workers.synthesize.speech import Rendition, renditions

BOTH = (Voice("dora", "female"), Voice("alex", "male"))
PLAIN, WOMAN, MAN = Rendition("pcm16"), Rendition("pcm16", "female"), Rendition("pcm16", "male")


def all_of(wanted: Sequence[ChosenVoice]) -> Sequence[ChosenVoice]:
    return wanted


def the_first(wanted: Sequence[ChosenVoice]) -> Sequence[ChosenVoice]:
    return wanted[:1]


@pytest.mark.parametrize(
    ("asked", "tone", "spoken"),
    [
        ([PLAIN], NEUTRAL, [("dora", [PLAIN])]),
        ([PLAIN], Tone(pitch_hz=110), [("alex", [PLAIN])]),
        ([MAN], NEUTRAL, [("alex", [MAN])]),
        ([PLAIN, WOMAN], Tone(pitch_hz=220), [("dora", [PLAIN, WOMAN])]),
        ([PLAIN, WOMAN], Tone(pitch_hz=110), [("alex", [PLAIN]), ("dora", [WOMAN])]),
        ([PLAIN, WOMAN, MAN], NEUTRAL, [("dora", [PLAIN, WOMAN]), ("alex", [MAN])]),
        ([WOMAN, MAN], Tone(pitch_hz=110), [("alex", [MAN]), ("dora", [WOMAN])]),
    ],
)
def test_who_chose_nothing_hears_a_voice_like_the_speakers_and_shares_it_with_who_chose_that(
    asked: list[Rendition], tone: Tone, spoken: list[tuple[str, list[Rendition]]]
) -> None:
    found = readings(asked, BOTH, tone, all_of)
    assert [(voice_for(BOTH, each.tone.pitch_hz).name, sorted(each.left)) for each in found] == spoken


def test_without_room_the_voice_like_the_speakers_serves_everybody() -> None:
    (only,) = readings([PLAIN, WOMAN, MAN], BOTH, Tone(pitch_hz=110), the_first)
    assert (voice_for(BOTH, only.tone.pitch_hz).name, only.left) == ("alex", {PLAIN, WOMAN, MAN})


@pytest.mark.parametrize("voices", [(), (Voice("robot"),), (Voice("nina", "female"),)])
def test_an_engine_without_that_voice_speaks_with_the_one_that_it_has(voices: tuple[Voice, ...]) -> None:
    (only,) = readings([PLAIN, MAN], voices, NEUTRAL, all_of)
    assert (only.tone, only.left) == (NEUTRAL, {PLAIN, MAN})


def test_renditions_that_a_newer_gateway_may_ask_for_are_passed_over() -> None:
    assert renditions(["pcm16/male", "ogg-opus", "mp3", "pcm16/child"]) == {MAN, Rendition("ogg-opus")}
