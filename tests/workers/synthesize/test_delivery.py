"""The voice sounds as the speaker does: smoothed, in steps that nobody hears as jumps, and faster when it is behind."""

from itertools import pairwise

import pytest

from schemas.messages import Prosody
from workers.synthesize.delivery import CATCH_UP_MS, FASTEST, FOLLOWED, RATES, SMOOTHED_OVER, Delivery
from workers.synthesize.engine import NEUTRAL


def spoken(loudness_db: float = -23, pitch_hz: float = 120, rate: float = 1.0) -> Prosody:
    return Prosody(loudness_db=loudness_db, pitch_hz=pitch_hz, rate=rate)


def rates(delivery: Delivery, *given: float, backlog_ms: int = 0) -> list[float]:
    """Of sentences that were spoken at these rates."""
    found = []
    for rate in given:
        delivery.follow(spoken(rate=rate))
        found.append(delivery.rate(backlog_ms))
    return found


def gains(delivery: Delivery, *given: float) -> list[float]:
    """Of sentences that were so loud."""
    found = []
    for loudness_db in given:
        delivery.follow(spoken(loudness_db=loudness_db))
        found.append(delivery.tone.gain_db)
    return found


def test_of_a_speaker_of_whom_nothing_is_known_the_voice_is_as_usual() -> None:
    delivery = Delivery()
    delivery.follow(None)
    assert (delivery.rate(0), delivery.tone) == (1.0, NEUTRAL)


@pytest.mark.parametrize(("speaker", "voice"), [(0.9, 0.9), (1.2, 1.2), (0.5, FOLLOWED[0]), (2.0, FOLLOWED[1])])
def test_the_rate_becomes_the_speakers_within_bounds(speaker: float, voice: float) -> None:
    assert rates(Delivery(), *[speaker] * 6)[-1] == pytest.approx(voice)


def test_one_fast_sentence_is_not_followed_at_once() -> None:
    found = rates(Delivery(), 1.0, 1.0, 1.35, 1.0, 1.0)
    assert max(found) <= 1 + 0.35 / SMOOTHED_OVER + 1e-9


def test_a_short_utterance_of_which_no_rate_is_known_changes_nothing() -> None:
    delivery = Delivery()
    before = rates(delivery, *[1.2] * 4)[-1]
    assert rates(delivery, 0.0, 0.0)[-1] == before


@pytest.mark.parametrize(
    ("backlog_ms", "pace"),
    [(-9_000, 1.0), (0, 1.0), (CATCH_UP_MS // 2, 1 + (FASTEST - 1) / 2), (CATCH_UP_MS, FASTEST), (10**9, FASTEST)],
)
def test_the_more_is_unheard_the_faster_it_goes(backlog_ms: int, pace: float) -> None:
    assert rates(Delivery(), *[1.0] * 6, backlog_ms=backlog_ms)[-1] == pytest.approx(pace)


@pytest.mark.parametrize(("speaker", "voice"), [(0.8, FASTEST), (1.0, FASTEST), (1.35, RATES[1])])
def test_speaker_and_backlog_count_together_up_to_what_engines_take(speaker: float, voice: float) -> None:
    assert rates(Delivery(), *[speaker] * 9, backlog_ms=60_000)[-1] == pytest.approx(voice)


def test_the_rate_never_jumps() -> None:
    delivery = Delivery()
    found = [*rates(delivery, *[1.35] * 6, backlog_ms=60_000), *rates(delivery, *[0.8] * 9)]
    assert max(abs(after - before) for before, after in pairwise(found)) < 0.151
    assert (max(found), found[-1]) == (RATES[1], pytest.approx(0.8))


def test_louder_than_usual_is_louder_and_softer_is_softer() -> None:
    delivery = Delivery()
    assert gains(delivery, *[-23] * 10)[-1] == 0
    assert gains(delivery, *[-18] * 5)[-1] == pytest.approx(5)
    assert gains(delivery, *[-28] * 8)[-1] == pytest.approx(-5)


def test_what_is_usual_is_learned_anew() -> None:
    """The microphone was moved: after a while its level is the usual one."""
    assert gains(Delivery(), *[-23] * 10, *[-33] * 30)[-1] == pytest.approx(0)


@pytest.mark.parametrize(("loudness_db", "gain_db"), [(0, 6), (-60, -6)])
def test_the_gain_has_bounds_and_comes_in_small_steps(loudness_db: float, gain_db: float) -> None:
    found = gains(Delivery(), *[-23] * 10, *[loudness_db] * 8)
    assert found[-1] == gain_db
    assert max(abs(after - before) for before, after in pairwise(found)) <= 2


def pitches(*given: float) -> list[float]:
    delivery, found = Delivery(), []
    for pitch_hz in given:
        delivery.follow(spoken(pitch_hz=pitch_hz))
        found.append(delivery.tone.pitch_hz)
    return found


def test_the_first_pitch_counts_at_once_and_another_speakers_little_by_little() -> None:
    found = pitches(100, 100, 100, 100, 220, 220, 220, 220)
    assert found[:4] == pytest.approx([100] * 4)
    assert found[-1] == pytest.approx(220)
    steps = [after / before for before, after in pairwise(found)]
    assert max(steps) < 1.5


def test_without_a_pitch_the_last_one_stays() -> None:
    assert pitches(0, 110, 0, 0) == pytest.approx([0, 110, 110, 110])


def test_a_speaker_between_low_and_high_keeps_one_voice() -> None:
    low = pitches(140, *[150, 168] * 10)
    assert all(pitch < 155 for pitch in low)
    high = pitches(170, *[165, 142] * 10)
    assert all(pitch >= 155 for pitch in high)
    assert pitches(140, *[190] * 4)[-1] >= 155
    assert pitches(190, *[120] * 4)[-1] < 155
