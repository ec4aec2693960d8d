"""All that the operators' page shows, as it was last seen. What is not known is not shown: a figure that stands still
would be a lie."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from dragoman.ops.dead_letters import OpenLetters
from dragoman.ops.lag import LATE_S, PartitionLag, folded, late
from dragoman.ops.ledger import Prices
from dragoman.ops.live import SHOWN, SessionSeen
from dragoman.ops.outcomes import EngineUse, OutcomeCounts, StageOutcomes
from dragoman.ops.processes import Crew, EngineSeen, ProcessSeen
from dragoman.ops.trend import STEP_S, Trend
from dragoman.runtime.version import version
from schemas.messages import DeadLetter, LetterSettled, Usage
from schemas.topics import STAGES
from workers.stage import Record

LETTERS: Final = 50
"""Dead letters that are shown: the newest."""


class StageSeen(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """How far a stage is behind."""

    stage: str
    """Its name."""
    seconds: float
    """Of the worst of its partitions."""
    messages: int
    """Records that wait, in all of them."""
    late: int
    """Partitions that are later than may be."""
    late_s: float
    """Seconds from which on they are."""
    partition: str
    """`topic:number` of the worst; empty when nothing waits."""
    trend: list[float | None]
    """The worst seconds of every step in the last minutes, the newest last; nothing where it was not known."""
    outcomes: StageOutcomes
    """What became of the segments that it made in the last minutes."""


class LetterSeen(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A dead letter, without what is in it."""

    id: str
    """`partition:offset`."""
    code: str
    """Of its session."""
    stage: str
    """That gave it up."""
    place: str
    """`topic:partition:offset` of the record; without an offset where it never was in the topic."""
    replayable: bool
    """It can be given back; else only discarded."""
    error: str
    """Why."""
    at: int
    """When, Unix ms."""


class BoardTold(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What the page gets. Empty lists also where a server is away: `away` says so."""

    at: int
    """When, Unix ms."""
    version: str
    """Of the process that tells it."""
    away: dict[str, str]
    """`kafka`, `redis` or `records` (what is counted from them) to what is wrong with it."""
    step_s: int
    """Seconds from one point of a trend to the next."""
    stages: list[StageSeen]
    """In the order of the path of a word."""
    speaking: int
    """Sessions that go on."""
    listeners: int
    """Of all of them."""
    sessions: list[SessionSeen]
    """The newest of them first; no more than fit on a page."""
    processes: list[ProcessSeen]
    """Gateways first."""
    engines: list[EngineSeen]
    """By stage and name."""
    uses: list[EngineUse]
    """What they were asked in the last ten minutes."""
    money: float
    """What an hour like the last ten minutes costs."""
    currency: str
    """In which that is."""
    prices_of: str
    """Date of the price table."""
    letters: list[LetterSeen]
    """The newest dead letters that nobody has seen to."""
    letters_open: int
    """How many there are."""


class Board:
    """Is told what others see."""

    def __init__(self, prices: Prices, now_ms: Callable[[], int], letters_kept_ms: float = math.inf) -> None:
        """`letters_kept_ms`: how long Kafka keeps dead letters."""
        self._prices, self._now_ms, self._letters_kept_ms = prices, now_ms, letters_kept_ms
        self._partitions: Sequence[PartitionLag] = ()
        self._trends = {stage: Trend() for stage in STAGES}
        self._sessions: list[SessionSeen] = []
        self._crew = Crew(processes=[], engines=[])
        self._tally, self._letters = OutcomeCounts(prices), OpenLetters()
        self._away = dict.fromkeys(("kafka", "redis", "records"), "It was not asked yet.")

    def take_lag(self, partitions: Sequence[PartitionLag]) -> None:
        """Takes what a look at Kafka found."""
        self._partitions = partitions
        self._away.pop("kafka", None)
        self._forget_letters()  # also while nobody asks
        at_s = self._now_ms() / 1000
        for stage, trend in self._trends.items():
            if seconds := [each.seconds for each in partitions if each.stage == stage]:
                trend.add(at_s, max(seconds))

    def take_redis(self, sessions: list[SessionSeen], crew: Crew) -> None:
        """Takes what a look at Redis found."""
        self._sessions, self._crew = sessions, crew
        self._away.pop("redis", None)

    def take_record(self, record: Record) -> None:
        """Takes a record of `usage` or `dead-letters`."""
        match record.message:
            case Usage() as usage:
                self._tally.take(usage, self._now_ms())
            case DeadLetter() | LetterSettled():
                self._letters.take(record)

    def begin_records(self) -> None:
        """They are read from where they begin to count."""
        self._tally, self._letters = OutcomeCounts(self._prices), OpenLetters()
        self._away.pop("records", None)

    def lose(self, what: str, why: str) -> None:
        """It is not known any more: `kafka`, `redis` or `records`."""
        self._away[what] = why
        if what == "kafka":
            self._partitions = ()
        elif what == "redis":
            self._sessions, self._crew = [], Crew(processes=[], engines=[])

    def told(self) -> BoardTold:
        """How all stands."""
        now = self._now_ms()
        self._forget_letters()
        letters = list(self._letters)
        return BoardTold(
            at=now,
            version=version(),
            away=dict(self._away),
            step_s=STEP_S,
            stages=self._stages(now),
            speaking=len(self._sessions),
            listeners=sum(sum(each.listeners.values()) for each in self._sessions),
            sessions=self._sessions[:SHOWN],
            processes=self._crew.processes,
            engines=self._crew.engines,
            uses=self._tally.engines(now),
            money=self._tally.money_an_hour(now),
            currency=self._prices.currency,
            prices_of=self._prices.date,
            letters=[
                LetterSeen(
                    id=letter.id, code=letter.code, stage=letter.stage, place=letter.place,
                    replayable=letter.replayable, error=letter.error, at=letter.at,
                )
                for letter in letters[: -LETTERS - 1 : -1]
            ],
            letters_open=len(letters),
        )  # fmt: skip

    def _forget_letters(self) -> None:
        self._letters.forget_before(self._now_ms() - self._letters_kept_ms)

    def _stages(self, now: int) -> list[StageSeen]:
        outcomes, lateness, found = self._tally.outcomes(now), late(self._partitions), []
        for stage in dict.fromkeys(each.stage for each in self._partitions):
            lags = [lag for lag in folded(self._partitions) if lag.stage == stage]
            worst = max(lags, key=lambda lag: lag.seconds)
            found.append(
                StageSeen(
                    stage=stage,
                    seconds=worst.seconds,
                    messages=sum(lag.messages for lag in lags),
                    late=lateness[stage],
                    late_s=LATE_S[stage],
                    partition="" if worst.partition is None else f"{worst.topic}:{worst.partition}",
                    trend=self._trends[stage].points(now / 1000),
                    outcomes=outcomes.get(stage) or StageOutcomes(stage=stage),
                )
            )
        return found
