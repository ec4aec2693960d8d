"""Speakers from whom nothing comes any more."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from gateway.sessions.unheard import FLOWING_S, Unheard


class FakeSessions:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.refuses = False

    async def leave(self, session_id: str, generation: int) -> bool:
        self.noted += [] if self.refuses else ["away"]
        return not self.refuses

    async def back(self, session_id: str, generation: int) -> bool:
        self.noted.append("back")
        return True

    async def tell(self, session_id: str, control: Any) -> None:
        self.noted.append("told")


@dataclass
class FakeLive:
    """A session whose speaker was last heard at `speaker.peer.seen`."""

    away: bool = False
    pings: int = 0
    extent: Any = field(default_factory=lambda: SimpleNamespace(received=0))
    session: Any = field(default_factory=lambda: SimpleNamespace(session_id="a-1", state="live"))

    def __post_init__(self) -> None:
        self.speaker: Any = SimpleNamespace(
            generation=1, peer=SimpleNamespace(seen=0.0, busy=False, control=self._ping)
        )

    def _ping(self, *_: object) -> None:
        self.pings += 1

    def follow(self, session: object, *, away: bool) -> None:
        self.away = away


async def look(unheard: Unheard, live: FakeLive, now: float) -> None:
    await unheard.look([live], now)  # type: ignore[list-item]  # a fake


async def speaks(unheard: Unheard, live: FakeLive, seconds: int) -> float:
    """Sends audio for so long; when that ended."""
    await look(unheard, live, 0)
    for second in range(1, seconds + 1):
        live.extent.received += 16_000
        live.speaker.peer.seen = second
        await look(unheard, live, second)
    return float(seconds)


async def test_listeners_read_that_a_speaker_is_away_who_answers_nothing_and_that_it_is_back() -> None:
    sessions, live = FakeSessions(), FakeLive()
    unheard = Unheard(sessions)  # type: ignore[arg-type]  # a fake
    end = await speaks(unheard, live, FLOWING_S)
    for later in (0.5, 1.5, 2.5):
        await look(unheard, live, end + later)
    assert (sessions.noted, live.pings) == ([], 2)
    for later in (3.5, 4.5, 30):
        await look(unheard, live, end + later)
    assert (sessions.noted, live.away) == (["away", "told"], True)
    live.speaker.peer.seen = end + 31
    await look(unheard, live, end + 31.5)
    assert (sessions.noted[2:], live.away) == (["back", "told"], False)


async def test_who_sends_only_now_and_then_is_not_taken_for_gone() -> None:
    sessions, live = FakeSessions(), FakeLive()
    unheard = Unheard(sessions)  # type: ignore[arg-type]  # a fake
    end = await speaks(unheard, live, FLOWING_S - 1)
    await look(unheard, live, end + 40)
    assert (sessions.noted, live.pings) == ([], 1)


async def test_a_speaker_whose_request_waits_is_not_called_away_and_is_asked_when_it_no_longer_does() -> None:
    sessions, live = FakeSessions(), FakeLive()
    unheard = Unheard(sessions)  # type: ignore[arg-type]  # a fake
    end = await speaks(unheard, live, FLOWING_S)
    live.speaker.peer.busy = True
    await look(unheard, live, end + 40)
    assert (sessions.noted, live.pings) == ([], 0)
    live.speaker.peer.busy = False
    await look(unheard, live, end + 41)
    assert (sessions.noted, live.pings) == (["away", "told"], 1)


async def test_a_newer_speaker_elsewhere_is_not_called_away() -> None:
    sessions, live = FakeSessions(), FakeLive()
    unheard = Unheard(sessions)  # type: ignore[arg-type]  # a fake
    end = await speaks(unheard, live, FLOWING_S)
    sessions.refuses = True
    await look(unheard, live, end + 10)
    assert (live.away, sessions.noted) == (False, [])
    live.speaker = None
    await look(unheard, live, end + 11)
    assert sessions.noted == []
