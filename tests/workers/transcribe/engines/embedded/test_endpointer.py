"""Where utterances begin and end, from lists of probabilities."""

import pytest

from workers.transcribe.engines.embedded.endpointer import (
    CAP_FRAMES,
    FRAME,
    PRE_ROLL_FRAMES,
    START_FRAMES,
    Began,
    Ended,
    Endpointer,
    Framing,
)

SILENCE_FRAMES = 19


def events(probabilities: list[float], endpointer: Endpointer | None = None) -> list[Began | Ended]:
    endpointer = endpointer or Endpointer(silence_ms=608)
    return [event for probability in probabilities for event in endpointer.hear(probability)]


def quiet(frames: int) -> list[float]:
    return [0.1] * frames


def speech(frames: int) -> list[float]:
    return [0.9] * frames


def test_silence_is_no_utterance() -> None:
    endpointer = Endpointer(silence_ms=608)
    assert events(quiet(100), endpointer) == []
    assert endpointer.quiet_until == (100 - PRE_ROLL_FRAMES) * FRAME


def test_three_frames_of_speech_are_a_noise() -> None:
    assert events(quiet(20) + speech(START_FRAMES - 1) + quiet(20)) == []


def test_an_utterance_begins_with_its_pre_roll() -> None:
    assert events(quiet(40) + speech(START_FRAMES)) == [Began((40 + START_FRAMES - PRE_ROLL_FRAMES) * FRAME)]


def test_the_pre_roll_does_not_reach_before_the_first_frame() -> None:
    endpointer = Endpointer(silence_ms=608)
    endpointer.restart(777)
    assert events(speech(START_FRAMES), endpointer) == [Began(777)]


def test_an_utterance_ends_with_the_frame_that_completes_the_silence() -> None:
    heard = events(quiet(20) + speech(30) + quiet(SILENCE_FRAMES))
    assert heard[1:] == [Ended((20 + 30 + SILENCE_FRAMES) * FRAME)]
    assert events(quiet(20) + speech(30) + quiet(SILENCE_FRAMES - 1))[1:] == []


def test_a_pause_that_is_too_short_does_not_end_it() -> None:
    heard = events(speech(30) + quiet(SILENCE_FRAMES - 1) + speech(1) + quiet(SILENCE_FRAMES - 1))
    assert [type(event) for event in heard] == [Began]


def test_the_pre_roll_does_not_reach_into_the_utterance_before() -> None:
    heard = events(speech(30) + quiet(SILENCE_FRAMES) + quiet(2) + speech(START_FRAMES))
    assert heard[-1] == Began((30 + SILENCE_FRAMES) * FRAME)


def test_at_the_cap_the_next_utterance_begins_at_once_where_the_last_one_ended() -> None:
    cut = CAP_FRAMES * FRAME
    assert cut <= 160_000
    assert events(speech(2 * CAP_FRAMES)) == [Began(0), Ended(cut), Began(cut), Ended(2 * cut), Began(2 * cut)]


def test_a_long_utterance_ends_at_a_short_pause() -> None:
    heard = events(speech(230) + quiet(6) + speech(10))
    assert heard == [Began(0), Ended(236 * FRAME), Began(236 * FRAME)]


def test_while_it_is_open_everything_below_its_beginning_is_quiet() -> None:
    endpointer = Endpointer(silence_ms=608)
    events(quiet(100) + speech(50), endpointer)
    assert endpointer.quiet_until == endpointer.begin == (100 + START_FRAMES - PRE_ROLL_FRAMES) * FRAME


def test_ended_from_outside_the_next_utterance_begins_there_or_later() -> None:
    endpointer = Endpointer(silence_ms=608)
    events(speech(30), endpointer)
    assert endpointer.end(30 * FRAME + 77) == [Ended(30 * FRAME + 77)]
    assert endpointer.quiet_until == 30 * FRAME + 77
    assert events(speech(START_FRAMES), endpointer) == [Began(30 * FRAME + 77)]


@pytest.mark.parametrize("length", [1, 2, 159, 511, 512, 513, 1_600, 16_000])
def test_frames_are_cut_from_pcm_of_any_length_without_loss(length: int) -> None:
    pcm = bytes(range(256)) * 160
    framing = Framing()
    frames = [frame for i in range(0, len(pcm), 2 * length) for frame in framing.cut(pcm[i : i + 2 * length])]
    assert {len(frame) for frame in frames} == {2 * FRAME}
    assert b"".join(frames) + framing.rest() == pcm
    assert framing.rest() == b""
