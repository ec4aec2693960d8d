"""What a recogniser process does with its messages: turns, failures, the decoder pool. The libraries are fakes."""

import os
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from workers.transcribe.engines.embedded.decoders import Decoders
from workers.transcribe.engines.embedded.pipe import Begun, Close, Failed, Feed, Finish, Heard, Open, ToParent, packed
from workers.transcribe.engines.embedded.process import Sessions, serve

FRAMES = bytes(2 * 1_600)


class FakeDecoder:
    """Hears nothing; breaks when it is told to."""

    broken = False

    def start_utt(self) -> None:
        pass

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> None:
        if self.broken:
            raise RuntimeError("it broke")

    def end_utt(self) -> None:
        pass

    def hyp(self) -> Any:
        return None

    def seg(self) -> Iterator[Any]:
        yield from ()

    def get_cmn(self, update: bool) -> str:
        return "40"

    def set_cmn(self, cmn: str) -> None:
        pass

    def start_stream(self) -> None:
        pass


class AlwaysSpeech:
    """A detector."""

    def __call__(self, audio: bytes) -> float:
        return 1.0

    def reset(self) -> None:
        pass


class Bench:
    """A process without a process."""

    def __init__(self) -> None:
        self.said: list[ToParent] = []
        self.loaded: list[FakeDecoder] = []
        self.decoders = Decoders(self.load, reap_s=30)
        self.sessions = Sessions(self.decoders, AlwaysSpeech, 608, self.said.append)

    def load(self) -> FakeDecoder:
        self.loaded.append(FakeDecoder())
        return self.loaded[-1]

    def work(self) -> list[int]:
        """Does all work; the sessions in the order in which they were answered."""
        self.said.clear()
        while self.sessions.work():
            pass
        return [said.session for said in self.said if isinstance(said, Heard | Failed)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sessions_take_turns_however_much_one_has_to_say(bench: Bench) -> None:
    for session in (1, 2):
        bench.sessions.take(Open(session, ""))
    for position in range(0, 5 * 1_600, 1_600):
        bench.sessions.take(Feed(1, position, FRAMES))
    for position in range(0, 2 * 1_600, 1_600):
        bench.sessions.take(Feed(2, position, FRAMES))
    assert bench.work() == [1, 2, 1, 2, 1, 1, 1]


def test_every_feed_and_finish_is_answered_with_what_was_heard_of_it(bench: Bench) -> None:
    bench.sessions.take(Open(7, ""))
    bench.sessions.take(Feed(7, 500, FRAMES))
    bench.sessions.take(Finish(7))
    bench.work()
    assert bench.said == [
        *(Begun(7), Heard(7, 1_600, (), 500)),
        *(Begun(7), Heard(7, 0, (), 2_100, finished=True)),
    ]


def test_a_session_whose_decoder_fails_ends_alone(bench: Bench) -> None:
    for session in (1, 2):
        bench.sessions.take(Open(session, ""))
    bench.loaded[0].broken = True
    for session in (1, 2):
        bench.sessions.take(Feed(session, 0, FRAMES * 2))
        bench.sessions.take(Feed(session, 3_200, FRAMES))
    assert bench.work() == [1, 2, 2]
    assert bench.said[:2] == [Begun(1), Failed(1, "it broke")]
    bench.sessions.take(Close(1))
    assert len(bench.decoders) == 0, "a broken decoder is not used again"


def test_a_closed_session_gives_its_decoder_back_and_is_not_answered_any_more(bench: Bench) -> None:
    bench.sessions.take(Open(1, ""))
    assert len(bench.decoders) == 0
    bench.sessions.take(Feed(1, 0, FRAMES * 5))
    bench.work()
    bench.sessions.take(Feed(1, 8_000, FRAMES))
    bench.sessions.take(Close(1))
    assert bench.work() == []
    assert len(bench.decoders) == 1
    bench.sessions.take(Open(2, ""))
    assert len(bench.loaded) == 1


def test_it_serves_whatever_the_pipe_cuts_and_ends_with_it() -> None:
    bench, answers = Bench(), queue.Queue[ToParent]()
    sessions = Sessions(bench.decoders, AlwaysSpeech, 608, answers.put)
    source, sink = os.pipe()
    messages = packed(Open(3, "")) + packed(Feed(3, 0, FRAMES)) + packed(Finish(3))
    serving = threading.Thread(target=serve, args=(source, sessions, bench.decoders))
    serving.start()
    try:
        for begin in range(0, len(messages), 37):
            os.write(sink, messages[begin : begin + 37])
        answered = [answers.get(timeout=60) for _ in range(4)]
        assert answered[1::2] == [Heard(3, 1_600, (), 0), Heard(3, 0, (), 1_600, finished=True)]
    finally:
        os.close(sink)
        serving.join(timeout=60)
        os.close(source)
    assert not serving.is_alive()
