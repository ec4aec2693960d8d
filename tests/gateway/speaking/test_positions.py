"""Where audio belongs, without I/O."""

import base64

import pytest

from gateway.errors import RefusedError, unavailable
from gateway.kafka.extent import Extent
from gateway.speaking.positions import RESEND_S, Intake
from tests.gateway.client import pcm


def test_audio_without_position_follows_what_was_received() -> None:
    intake = Intake(Extent(100), explicit=False, now=0)
    placed = intake.place(pcm(10), None, now=0)
    intake.take(placed)
    assert (placed.position, intake._extent.received) == (100, 110)


def test_nothing_moves_before_audio_is_taken() -> None:
    intake = Intake(Extent(0), explicit=False, now=0)
    intake.place(pcm(10), None, now=0)
    assert intake._extent.received == 0


def test_an_overlap_is_cut_off_the_beginning() -> None:
    placed = Intake(Extent(100), explicit=True, now=0).place(pcm(50, 80), 80, now=0)
    assert (placed.position, placed.trimmed, placed.pcm) == (100, 20, pcm(30, 100))


def test_audio_that_is_there_already_is_empty() -> None:
    intake = Intake(Extent(100), explicit=True, now=0)
    placed = intake.place(pcm(50), 20, now=0)
    intake.take(placed)
    assert (placed.pcm, intake._extent.received) == (b"", 100)


def test_a_gap_is_kept_up_to_a_minute() -> None:
    intake = Intake(Extent(100), explicit=True, now=0)
    assert intake.place(pcm(10), 100 + 60 * 16_000, now=0).position == 100 + 60 * 16_000
    with pytest.raises(RefusedError) as refused:
        intake.place(pcm(10), 101 + 60 * 16_000, now=0)
    assert (refused.value.code, refused.value.position) == ("bad-audio", 100)


def test_after_a_resume_the_position_must_be_said() -> None:
    with pytest.raises(RefusedError) as refused:
        Intake(Extent(100), explicit=True, now=0).place(pcm(10), None, now=0)
    assert (refused.value.code, refused.value.position) == ("bad-audio", 100)


def test_audio_under_way_behind_a_refusal_is_refused_too() -> None:
    """Else what the client sends again would be cut off as an overlap, though it was never taken."""
    intake = Intake(Extent(100), explicit=True, now=0)
    error = intake.refuse(unavailable(100), now=5.0)
    with pytest.raises(RefusedError) as refused:
        intake.place(pcm(10), 110, now=5.1)
    assert refused.value is error
    intake.take(intake.place(pcm(10), 100, now=5.2))
    assert intake.place(pcm(10), 110, now=5.3).position == 110


def test_audio_behind_a_refusal_is_refused_for_now_however_far_behind_it_stands() -> None:
    """A client that left a gap before it learned of the refusal did nothing wrong."""
    intake = Intake(Extent(100), explicit=True, now=0)
    intake.refuse(unavailable(100), now=5.0)
    with pytest.raises(RefusedError) as refused:
        intake.place(pcm(10), 200 + 60 * 16_000, now=5.1)
    assert (refused.value.code, refused.value.position) == ("unavailable", 100)


def test_a_client_that_gave_up_what_was_refused_goes_on_after_a_while() -> None:
    intake = Intake(Extent(100), explicit=True, now=0)
    intake.refuse(unavailable(100), now=5.0)
    assert intake.place(pcm(10), 300, now=5.0 + RESEND_S).position == 300


@pytest.mark.parametrize("data", ["", "a", "YQ==", "YWJj", "_-__", base64.b64encode(pcm(16_001)).decode(), "YWI=\n"])
def test_what_is_not_whole_samples_in_base64_is_bad_audio(data: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Intake(Extent(7), explicit=False, now=0).pcm_of(data)
    assert (refused.value.code, refused.value.position) == ("bad-audio", 7)


def test_a_second_of_audio_is_taken() -> None:
    assert len(Intake(Extent(0), explicit=False, now=0).pcm_of(base64.b64encode(pcm(16_000)).decode())) == 32_000
