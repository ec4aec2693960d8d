"""The translation is known again when the microphone hears it, and other speech is not taken for it."""

import numpy as np
import pytest

from gateway.speaking.echo import Echo
from gateway.speaking.soundcheck import SoundCheck
from schemas.audio import SAMPLE_RATE
from schemas.envelope import of_text
from tests.gateway.speaking.sounds import (
    DICTATED,
    NARRATED,
    Sound,
    envelope_of,
    listened,
    noise,
    sample,
    seconds,
    spoken,
)

TRANSLATIONS = [sample("librivox_0870"), sample("librivox_0920"), sample("librivox_0930")]
"""In the place of synthesized speech."""
EVERY_S = 9.0


def played(delay_s: float, loudness: float, over: Sound | None = None) -> Sound:
    """What a microphone hears when each translation, published every 9 s, is played so much later."""
    sound = noise(len(TRANSLATIONS) * EVERY_S + delay_s + 8, -70)
    if over is not None:
        sound += np.resize(over, len(sound))
    for n, translation in enumerate(TRANSLATIONS):
        at = round((n * EVERY_S + delay_s) * SAMPLE_RATE)
        sound[at : at + len(translation)] += translation * loudness
    return sound


def warned(sound: Sound, translations: list[Sound] = TRANSLATIONS, languages: int = 1) -> list[str]:
    """The warnings when the translations are published every 9 s, in other languages those that follow."""
    check = SoundCheck()
    found: list[str] = []
    step = round(EVERY_S * SAMPLE_RATE)
    for n, first in enumerate(range(0, len(sound), step)):
        if n < len(translations):
            for each in [*range(languages)] * 2:  # in two formats
                check.expect((n, each), envelope_of(translations[(n + each) % len(translations)]))
        found += [warning.code for warning in listened(check, sound[first : first + step], first)]
    return found


@pytest.mark.parametrize("delay_s", [0.0, 0.33, 4.01, 14.5])
@pytest.mark.parametrize("loudness", [1.0, 0.3, 0.05])
def test_a_translation_that_comes_back_is_echo_however_late_and_soft(delay_s: float, loudness: float) -> None:
    assert warned(played(delay_s, loudness)) == ["echo"]


def test_it_is_known_again_while_the_speaker_speaks_at_the_same_loudness() -> None:
    assert "echo" in warned(played(2.0, 1.0, over=spoken(DICTATED, pause_s=1.5)))


@pytest.mark.parametrize("names", [DICTATED, NARRATED[::-1], ["goforward"], ["cards_005"]])
@pytest.mark.parametrize("pause_s", [0.3, 1.7])
def test_other_speech_is_no_echo(names: list[str], pause_s: float) -> None:
    """The same voice in the place of the translation, too, as long as it says something else at the time."""
    speech = np.resize(spoken(names, pause_s=pause_s), 60 * SAMPLE_RATE)
    others = [sample(name) for name in ("librivox_0870", "cards_005", "librivox_0920", "goforward")]
    kept = [other for other in others if not any(np.array_equal(other, sample(name)) for name in names)]
    assert warned(speech, kept * 2, languages=len(kept)) == []


def test_one_translation_that_comes_back_may_be_chance() -> None:
    assert warned(played(1.0, 1.0), TRANSLATIONS[:1]) == []


def test_a_translation_that_comes_back_after_the_longest_wait_is_not_looked_for() -> None:
    assert warned(played(18.5, 1.0)) == []


def test_a_mute_between_the_translation_and_its_return_hides_nothing() -> None:
    check, room = SoundCheck(), noise(2, -70)
    listened(check, room)
    for n, translation in enumerate(TRANSLATIONS[:2]):
        check.expect((n, "es"), envelope_of(translation))
    heard = listened(check, np.concatenate([room, *TRANSLATIONS[:2], room]), 20 * SAMPLE_RATE)
    assert [warning.code for warning in heard] == ["echo"]


def test_echo_is_over_when_nothing_comes_back_any_more() -> None:
    echo = Echo()
    rows = [of_text(envelope_of(translation)) for translation in TRANSLATIONS[:2]]
    for n, row in enumerate(rows):
        assert row is not None
        echo.expect(n, row)
    heard = [echo.hear(second) for second in seconds(np.concatenate([*TRANSLATIONS[:2], noise(60, -70)]))]
    assert any(likeness is not None and likeness > 0.7 for likeness in heard)
    assert heard[-1] is None


@pytest.mark.parametrize("text", ["", "no base64", "AAAA" * 5000, envelope_of(sample("cards_003"))])
def test_an_envelope_that_is_none_or_too_short_is_not_looked_for(text: str) -> None:
    check = SoundCheck()
    check.expect("x", text)
    assert listened(check, np.tile(sample("cards_003"), 20)) == []
