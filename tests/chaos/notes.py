"""What speakers and listeners write down: all that the checker knows. Times are Unix seconds of the crowd's clock."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from schemas.audio import SAMPLE_RATE
from schemas.channels import Product

UTTERANCE = 2 * SAMPLE_RATE
"""Samples after which the scripted recogniser ends an utterance that nothing else ended."""


@dataclass(frozen=True)
class Final:
    """A final caption that a listener was given."""

    segment: int
    until: int
    text: str
    outcome: str
    at: float
    reason: str = ""
    """Why the outcome is not `ok`; `replaced`: only its fill was seen, for the listener came after that."""
    said: str = ""
    """The language in which it was said, as the caption has it."""


@dataclass(frozen=True)
class Fill:
    """A final that came late: it takes the place of a hole, or of a part of one."""

    segment: int
    revision: int
    text: str
    outcome: str
    reason: str
    at: float
    until: int = 0
    """Up to where it accounts for the audio; 0: nobody said."""


@dataclass(frozen=True)
class Spoken:
    """A part of a segment's speech that a listener was given, or what was said in its place."""

    segment: int
    part: int
    last: bool
    outcome: str
    at: float


@dataclass(frozen=True)
class Gap:
    """The listener was told that something of `product` is missing here."""

    product: Product
    at: float


@dataclass(frozen=True)
class Ended:
    """The listener was told that the session has ended."""

    at: float


@dataclass(frozen=True)
class Broke:
    """The client gave up, with its error."""

    error: str
    at: float


Note = Final | Spoken | Gap | Ended | Broke


@dataclass
class Heard:
    """One listener's notes, in the order in which it was given things."""

    session: str
    language: str
    speech: bool
    """It also listens."""
    exact: bool = True
    """The text says which span was spoken, as the scripted engines have it."""
    late: bool = False
    """It joined in the middle of the session."""
    changing: bool = False
    """The speaker changes the language: its channel has two topics, and what one overtook of the other comes late."""
    joined_at: float = 0.0
    notes: list[Note] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    """What came late; also after the end, to one who looked again."""


@dataclass(frozen=True)
class Utterance:
    """What the recogniser must make one final of."""

    begin: int
    until: int
    at: float
    """When its last sample was given to the client."""


@dataclass
class Sent:
    """One speaker's notes."""

    session: str
    slices: list[tuple[int, float]] = field(default_factory=list)
    """Of each frame that was spoken aloud: where it ends, and when it was sent."""
    breaks: set[int] = field(default_factory=lambda: {0})
    """Positions at which an utterance must begin: behind a pause, a mute, what was muted and another language."""
    muted: set[int] = field(default_factory=set)
    """Ends of frames that nobody has to get: sent while muted, or silence."""
    languages: list[tuple[int, str]] = field(default_factory=list)
    """From which position on what is spoken."""
    acknowledged: int = 0
    """All samples below are safe, the gateway said."""
    trouble: str = ""
    """What ended the session, if not its speaker."""
    trouble_at: float = 0.0

    def sent_at(self, position: int) -> float:
        """When the sample before `position` was given to the client."""
        index = bisect_left(self.slices, position, key=lambda each: each[0])
        return self.slices[min(index, len(self.slices) - 1)][1]

    def reached(self, at: float) -> int:
        """Up to where samples had been given to the client by then."""
        index = bisect_right(self.slices, at, key=lambda each: each[1])
        return self.slices[index - 1][0] if index else 0

    def spoken(self, begin: int, until: int) -> set[str]:
        """Languages in which something was said aloud between two positions."""
        aloud = [end for end, _ in self.slices if begin < end <= until and end not in self.muted]
        return {max(each for each in self.languages if each[0] < end)[1] for end in aloud if self.languages}

    def utterances(self) -> list[Utterance]:
        """What was spoken and acknowledged, cut where the scripted recogniser must cut it."""
        found: list[Utterance] = []
        begin, previous, sent_at = 0, 0, 0.0
        for until, at in self.slices:
            if until > self.acknowledged:
                break
            aside = until in self.muted
            if previous > begin and (aside or previous in self.breaks or previous - begin >= UTTERANCE):
                found.append(Utterance(begin, previous, sent_at))
                begin = previous
            begin = until if aside else begin
            previous, sent_at = until, at
        return [*found, Utterance(begin, previous, sent_at)] if previous > begin else found
