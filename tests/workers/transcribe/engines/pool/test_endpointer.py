"""Where utterances begin and end, from lists of probabilities."""

from collections.abc import Callable

import pytest

from workers.transcribe.engines.pool.endpointer import (
    FRAME,
    FRAME_MS,
    PAUSE_FRAMES,
    PRE_ROLL_FRAMES,
    START_FRAMES,
    Began,
    Ended,
    Endpointer,
    Framing,
    Paused,
)

SILENCE_FRAMES = 19


def events(
    probabilities: list[float],
    endpointer: Endpointer | None = None,
    in_pause: Callable[[Endpointer], None] = lambda _: None,
) -> list[Began | Paused | Ended]:
    """What follows from the frames, without the pauses themselves, in each of which `in_pause` is called."""
    endpointer = endpointer or Endpointer(silence_ms=608)
    found: list[Began | Paused | Ended] = []
    for probability in probabilities:
        for event in endpointer.hear(probability):
            if isinstance(event, Paused):
                in_pause(endpointer)
                found += endpointer.passed()
            else:
                found.append(event)
    return found


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


def test_soft_speech_goes_on_with_an_utterance_and_begins_none() -> None:
    soft = [0.4]
    assert events(soft * 40) == []
    assert events(speech(10) + soft * 100) == [Began(0)]


def test_an_utterance_ends_with_the_frame_that_completes_the_silence() -> None:
    heard = events(quiet(20) + speech(30) + quiet(SILENCE_FRAMES))
    assert heard[1:] == [Ended((20 + 30 + SILENCE_FRAMES) * FRAME)]
    assert events(quiet(20) + speech(30) + quiet(SILENCE_FRAMES - 1))[1:] == []


def test_a_pause_that_is_too_short_does_not_end_it() -> None:
    heard = events(speech(30) + quiet(SILENCE_FRAMES - 1) + speech(1) + quiet(SILENCE_FRAMES - 1))
    assert [type(event) for event in heard] == [Began]


def test_a_pause_is_told_once_and_again_after_more_speech() -> None:
    endpointer = Endpointer(silence_ms=608)
    said = [endpointer.hear(p) for p in speech(30) + quiet(12) + speech(2) + quiet(12)]
    assert [i for i, events in enumerate(said) if Paused() in events] == [29 + PAUSE_FRAMES, 43 + PAUSE_FRAMES]


@pytest.mark.parametrize(("patience_ms", "frames"), [(96, PAUSE_FRAMES), (320, 10), (608, 19), (960, 30)])
def test_how_much_silence_ends_it_is_said_in_its_pause(patience_ms: int, frames: int) -> None:
    def be_patient(endpointer: Endpointer) -> None:
        endpointer.patience_ms = patience_ms

    heard = events(speech(30) + quiet(40), in_pause=be_patient)
    assert heard == [Began(0), Ended((30 + frames) * FRAME)]


def test_patience_is_said_in_every_pause_anew() -> None:
    patience = iter((960, 608))

    def be_patient(endpointer: Endpointer) -> None:
        endpointer.patience_ms = next(patience)

    heard = events(speech(30) + quiet(25) + speech(1) + quiet(25), in_pause=be_patient)
    assert heard == [Began(0), Ended((30 + 25 + 1 + SILENCE_FRAMES) * FRAME)]


def test_a_breath_is_a_pause_after_which_the_speaker_went_on() -> None:
    endpointer = Endpointer(silence_ms=608)
    events(speech(10) + quiet(12) + speech(5) + quiet(6) + speech(5) + quiet(15), endpointer)
    assert endpointer.breath_ms == 12 * FRAME_MS
    assert endpointer.spoken_until == (10 + 12 + 5 + 6 + 5) * FRAME


def test_the_pre_roll_does_not_reach_into_the_utterance_before() -> None:
    heard = events(speech(30) + quiet(SILENCE_FRAMES) + quiet(2) + speech(START_FRAMES))
    assert heard[-1] == Began((30 + SILENCE_FRAMES) * FRAME)


def test_while_it_is_open_everything_below_its_beginning_is_quiet() -> None:
    endpointer = Endpointer(silence_ms=608)
    events(quiet(100) + speech(50), endpointer)
    assert endpointer.quiet_until == endpointer.begin == (100 + START_FRAMES - PRE_ROLL_FRAMES) * FRAME


def test_it_goes_on_behind_what_was_dealt_with() -> None:
    endpointer = Endpointer(silence_ms=608)
    events(speech(50), endpointer)
    endpointer.advance(20 * FRAME)
    assert endpointer.quiet_until == 20 * FRAME
    assert events(quiet(SILENCE_FRAMES), endpointer) == [Ended((50 + SILENCE_FRAMES) * FRAME)]


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
