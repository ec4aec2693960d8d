"""Inside a recogniser process: sessions that take turns, and the loop that serves them. It ends when its stdin does.

What was fed is heard first, in small pieces, so that none waits for another's long utterance. Time that is left goes
to looks at utterances that are still open: they are never queued, the newest audio wins, and where there is more to
hear than a core carries, there are fewer looks and finals stay on time.
"""

import os
import select
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from schemas.audio import SAMPLE_RATE, samples
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
    Ready,
    ToChild,
    ToParent,
    Unpacking,
    packed,
)

_READ_BYTES: Final = 65_536
LOOK_EVERY: Final = SAMPLE_RATE * 3 // 5
"""Samples of an open utterance between two looks at least."""
LOOK_SHARE: Final = 0.6
"""Of a core, that looks may take; the rest is for what cannot wait."""


class Hearing(Protocol):
    """One session's recognition. RuntimeError, ValueError, MemoryError: it is of no more use, the others go on."""

    @property
    def quiet_until(self) -> int:
        """Nothing below is part of an utterance that is not yet final; -1 before the first frame."""

    @property
    def unseen(self) -> int:
        """Samples heard of an open utterance since the last look; 0: a look would show nothing."""

    def feed(self, position: int, pcm: bytes) -> list[Hypothesis]:
        """Hears PCM of any length; a jump in position finishes the utterance before."""

    def finish(self) -> list[Hypothesis]:
        """Ends the open utterance where the audio ends now."""

    def look(self) -> list[Hypothesis]:
        """What can be said now of the open utterance."""


class SessionTurns:
    """What the sessions of this process still have to hear, and whose turn it is."""

    def __init__(
        self,
        open_hearing: Callable[[Open], Hearing],
        say: Callable[[ToParent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._say, self._clock = open_hearing, say, clock
        self._hearings: dict[int, Hearing] = {}
        self._work: dict[int, deque[Feed | Finish]] = {}
        self._turns: deque[int] = deque()
        """Sessions with work, the next one first."""
        self._look_s = 0.0
        """What a look took lately."""

    def take(self, message: ToChild) -> None:
        """Opens and closes at once; queues the rest."""
        match message:
            case Open(session):
                self._try(session, lambda: self._begin(message))
            case Close(session):
                self._drop(session)
            case Feed(session) | Finish(session) if session in self._hearings:
                if not self._work[session]:
                    self._turns.append(session)
                self._work[session].append(message)
            case _:
                pass  # it failed, which its owner was told

    def work(self) -> bool:
        """Hears one piece of one session; False when there is none."""
        if not self._turns:
            return False
        session = self._turns.popleft()
        message = self._work[session].popleft()
        self._try(session, lambda: self._hear(session, message))
        if self._work.get(session):
            self._turns.append(session)
        return True

    def look(self) -> bool:
        """Looks at the utterance of which most is unseen, if that is enough; False when none is."""
        unseen = {session: hearing.unseen for session, hearing in self._hearings.items() if hearing.unseen}
        session = max(unseen, key=unseen.__getitem__, default=None)
        if session is None or unseen[session] < max(LOOK_EVERY, self._look_s / LOOK_SHARE * len(unseen) * SAMPLE_RATE):
            return False
        began = self._clock()
        self._try(session, lambda: self._see(session))
        self._look_s = (self._look_s + self._clock() - began) / 2
        return True

    def _try(self, session: int, step: Callable[[], None]) -> None:
        self._say(Begun(session))
        try:
            step()
        except (RuntimeError, ValueError, MemoryError) as error:
            self._drop(session)
            self._say(Failed(session, str(error)))

    def _begin(self, message: Open) -> None:
        self._hearings[message.session], self._work[message.session] = self._open(message), deque()

    def _hear(self, session: int, message: Feed | Finish) -> None:
        hearing = self._hearings[session]
        match message:
            case Feed(_, position, pcm):
                hypotheses, heard = hearing.feed(position, pcm), samples(pcm)
            case Finish():
                hypotheses, heard = hearing.finish(), 0
        finished = isinstance(message, Finish)
        self._say(Heard(session, heard, tuple(hypotheses), hearing.quiet_until, finished))

    def _see(self, session: int) -> None:
        hearing = self._hearings[session]
        hypotheses = tuple(hearing.look())
        self._say(Heard(session, 0, hypotheses, hearing.quiet_until, False, False))

    def _drop(self, session: int) -> None:
        self._hearings.pop(session, None)
        self._work.pop(session, None)
        if session in self._turns:
            self._turns.remove(session)


def serve(source: int, sessions: SessionTurns) -> None:
    """Listens and works until `source` ends."""
    unpacking = Unpacking()
    busy = False
    while True:
        readable, _, _ = select.select([source], [], [], 0 if busy else None)
        if readable:
            received = os.read(source, _READ_BYTES)
            if not received:
                return
            for message in unpacking.add(received):
                sessions.take(message)
        busy = sessions.work() or (not readable and sessions.look()) or bool(readable)


def run(prepare: Callable[[], Callable[[Open], Hearing]]) -> None:
    """Serves stdin and answers on stdout, once `prepare` has proven that the engine works here.

    What `prepare` raises (ImportError, RuntimeError, ValueError, MemoryError, OSError) is told, and the process ends.
    """
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers

    def say(message: ToParent) -> None:
        unsent = memoryview(packed(message))
        while unsent:
            unsent = unsent[os.write(answers, unsent) :]

    try:
        open_hearing = prepare()
    except ImportError as error:
        package = (error.name or "").split(".")[0].replace("_", "-")
        say(Broken(f"{error}: pip install {package}"))
        return
    except (RuntimeError, ValueError, MemoryError, OSError) as error:
        say(Broken(str(error) or type(error).__name__))
        return
    say(Ready())
    serve(0, SessionTurns(open_hearing, say))
