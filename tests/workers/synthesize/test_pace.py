"""Half an hour without a pause, in virtual time: speech never falls further and further behind."""

import pytest

from tests.bench.pace import Timed, lag_s, most_s, simulate

MINUTES = 30
MINUTE_MS = 60_000


@pytest.mark.parametrize("longer", [0.15, 0.25])
@pytest.mark.parametrize("speaker", [0.8, 1.0])
async def test_the_lag_is_bounded_and_no_speech_is_lost(longer: float, speaker: float) -> None:
    heard = await simulate(Timed(longer, follows=True), MINUTES, speaker, deadline_s=15)
    assert all(each.lag_ms is not None for each in heard)
    assert lag_s(heard, (MINUTES - 1) * MINUTE_MS) <= lag_s(heard, MINUTE_MS, 2 * MINUTE_MS) + 1
    assert most_s(heard) < 10


async def test_without_the_pace_it_is_not() -> None:
    heard = await simulate(Timed(0.2, follows=False), MINUTES)
    assert lag_s(heard, (MINUTES - 1) * MINUTE_MS) > 300


async def test_of_a_speaker_who_is_faster_than_any_voice_a_sentence_now_and_then_is_skipped() -> None:
    heard = await simulate(Timed(0.2, follows=True), MINUTES, 1.35, deadline_s=15)
    assert most_s(heard) < 20
    skipped = sum(each.lag_ms is None for each in heard)
    assert 0 < skipped < len(heard) / 4
