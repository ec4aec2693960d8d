"""A listener of a load: what comes belongs to the utterance in which its words lie."""

import pytest

from dragoman.client.listener import Missed
from dragoman.load.crowd import LoadListener
from dragoman.load.plan import PlannedListener
from dragoman.load.setup import LoadRun, LoadSetup
from schemas.socket import LagMs
from tests.dragoman.load.test_response import caption, part

SECOND = 16_000


@pytest.fixture
def run(setup: LoadSetup) -> LoadRun:
    return LoadRun(setup, lambda: 0.0, 0.0)


@pytest.fixture
def listener(run: LoadRun) -> LoadListener:
    return LoadListener(run, PlannedListener("es", "steady", 0.0, None), lambda: None, tells=True)


def due(position: int) -> float:
    return position / SECOND


def test_a_late_answer_belongs_to_its_own_utterance_and_not_to_the_one_that_is_said_now(listener: LoadListener):
    first = listener.expect(1 * SECOND, 3 * SECOND, due)
    second = listener.expect(5 * SECOND, 7 * SECOND, due)
    listener.take(caption(1 * SECOND, 3 * SECOND), 7.0)
    listener.take(part(1 * SECOND, 3 * SECOND), 7.5)
    assert (first.first_token_s, first.first_audio_s, first.total_s) == (4.0, 4.5, 4.5)
    assert (second.first_token_s, second.done) == (None, False)
    listener.take(caption(5 * SECOND, 7 * SECOND), 8.0)
    listener.take(part(5 * SECOND, 7 * SECOND), 8.5)
    assert second.total_s == 1.5


def test_words_behind_a_noise_that_lie_in_it_are_an_alarm_and_those_before_it_are_not(listener: LoadListener):
    said = listener.expect(1 * SECOND, 3 * SECOND, due)
    noise = listener.expect(4 * SECOND, 5 * SECOND, due)
    listener.take(caption(1 * SECOND, 5 * SECOND), 6.0)  # the final stretches over the noise
    assert (said.first_token_s, noise.first_token_s, noise.heard_out) == (3.0, None, True)
    listener.expect(7 * SECOND, 9 * SECOND, due)
    noise = listener.expect(10 * SECOND, 11 * SECOND, due)
    listener.take(caption(7 * SECOND, 9 * SECOND), 9.5)
    listener.take(caption(10 * SECOND, 11 * SECOND), 11.5)
    assert (noise.first_token_s, noise.heard_out) == (0.5, True)


def test_an_answer_that_is_missing_stays_missing_however_many_come_behind_it(listener: LoadListener):
    lost = listener.expect(0, 1 * SECOND, due)
    listener.take(caption(0, 1 * SECOND), 1.5)
    for number in range(2, 12, 2):
        later = listener.expect(number * SECOND, (number + 1) * SECOND, due)
        listener.take(caption(number * SECOND, (number + 1) * SECOND), number + 1.5)
        listener.take(part(number * SECOND, (number + 1) * SECOND), number + 1.5)
        assert later.done
    assert not lost.done
    listener.take(part(0, 1 * SECOND), 13.0)
    assert lost.total_s == 12.0


def test_what_a_final_spent_in_a_stage_counts_once_however_often_it_is_asked_for(setup: LoadSetup):
    now = [0.0]
    run = LoadRun(setup, lambda: now[0], 0.0)
    listener = LoadListener(run, PlannedListener("es", "steady", 0.0, None), lambda: None, tells=True)
    listener.note_stages(LagMs(transcribe=900))
    assert run.tally.values("transcribe") == [], "in the warm-up"
    now[0] = setup.shape.measured_from_s
    for _ in range(2):
        listener.note_stages(LagMs(transcribe=500, translate=20))
    listener.note_stages(LagMs(transcribe=500, translate=30))
    assert run.tally.values("transcribe") == [0.5]
    assert run.tally.values("translate") == [0.02, 0.03]
    assert run.tally.values("synthesize") == []


def test_what_could_not_be_recovered_is_said_of_all_that_is_open(listener: LoadListener, run: LoadRun):
    waiting = listener.expect(0, SECOND, due)
    listener.take(Missed("captions", "es"), 2.0)
    assert waiting.troubles == {"missed"}
    assert run.tally.listeners["missed something"] == 1


def test_a_listener_of_a_language_without_speech_only_reads(run: LoadRun):
    reader = LoadListener(run, PlannedListener("ca", "steady", 0.0, None), lambda: None, tells=False)
    response = reader.expect(0, SECOND, due)
    reader.take(caption(0, SECOND), 1.25)
    assert response.total_s == 0.25
