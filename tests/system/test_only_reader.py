"""The only reader of a language, whose network goes away for a while: gateway, translate and broadcast as they are.

Whole minutes are told in seconds: what matters of a gap is whether the language was still asked for when it ended. One
of 60 s is less than the usual linger time of 600 s, one of 900 s is more: then segments were `skipped`, and are filled.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dragoman.client.listener import Listener, Missed
from gateway.gateway import Gateway
from schemas.messages import Translation
from schemas.socket import Caption
from tests.chaos.door import Address, Door
from tests.gateway.client import StartGateway
from tests.gateway.conftest import connect, gateway, redis, start_gateway
from tests.system.talking import SECOND, Talk, talk, translate
from tests.workers.driving import until_true
from tests.workers.worker_process import worker

__all__ = ["connect", "gateway", "redis", "start_gateway", "talk", "translate"]
pytestmark = pytest.mark.system


class Reader:
    """The only one; what it was given, and the way to it."""

    def __init__(self, to: Gateway, code: str, history: int) -> None:
        self._to: list[Address] = [("127.0.0.1", to.port)]
        self._code, self._history = code, history
        self.given: list[Caption] = []
        self.missed: list[Missed] = []
        self.door = Door(lambda: self._to)

    @asynccontextmanager
    async def there(self) -> AsyncIterator["Reader"]:
        """Reads as long as the context lasts."""
        async with (
            self.door,
            Listener.join(self.door.url, self._code, "es", audio=False, history=self._history) as listener,
        ):
            self._listener = listener
            reading = asyncio.create_task(self._read())
            try:
                yield self
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Its socket is cut, and it finds no gateway as long as the context lasts."""
        to, self._to = self._to, []
        self.door.reset()
        yield
        self._to = to
        await until_true(lambda: self._listener.reconnects > 0)

    def page(self) -> dict[int, Caption]:
        """What stands there in the end: of each segment the highest revision, in the order of the segments."""
        newest: dict[int, Caption] = {}
        for caption in self.given:
            if caption.segment not in newest or caption.revision > newest[caption.segment].revision:
                newest[caption.segment] = caption
        return dict(sorted(newest.items()))

    def has_text(self, first: int, until: int) -> bool:
        """Every segment between has its own words, none is missing."""
        page = self.page()
        return all(
            segment in page and page[segment].text == f"number {segment // SECOND}"
            for segment in range(first, until, SECOND)
        )

    def filled(self, first: int) -> set[int]:
        """Segments from `first` on that it was given late."""
        return {each.segment for each in self.given if each.segment >= first and each.revised is True}

    def twice(self) -> list[tuple[int, int]]:
        """Versions of segments that it was given more than once."""
        counts = Counter((caption.segment, caption.revision) for caption in self.given)
        return [version for version, count in counts.items() if count > 1]

    async def _read(self) -> None:
        async for heard in self._listener.messages():
            if isinstance(heard, Caption) and heard.final:
                self.given.append(heard)
            elif isinstance(heard, Missed):
                self.missed.append(heard)


Reading = Callable[..., Any]


@pytest.fixture
async def reading(
    talk: Talk, start_gateway: StartGateway, kafka: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[Reading]:
    """Makes the only reader, of a gateway with a linger time of its own."""
    servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": redis_url}
    with worker(["-m", "workers.broadcast"], tmp_path / "broadcast.log", **servers) as broadcast:
        await broadcast.started()

        async def reading(linger_s: float, history: int = 0) -> Any:
            return Reader(await start_gateway(linger_s=linger_s), talk.code, history).there()

        yield reading


def skipped(found: list[Translation], first: int) -> list[int]:
    """Segments from `first` on that nobody was there for."""
    return [each.segment for each in found if each.segment >= first and each.reason == "no-audience"]


async def complete(reader: Reader, talk: Talk, first: int) -> None:
    """All that was said from `first` on until now has come, once; and the listener was told of no loss."""
    until = await talk.now()
    await until_true(lambda: reader.has_text(first, until))
    assert reader.twice() == []
    assert reader.missed == []


@pytest.mark.parametrize(
    ("away_s", "linger_s"),
    [(0.5, 600), (3, 600), (10, 600), pytest.param(6, 60, id="60 of 600 s, a tenth of it")],
)
async def test_within_the_linger_time_nothing_is_skipped_and_all_is_there_after_the_return(
    talk: Talk, reading: Reading, away_s: float, linger_s: float
) -> None:
    async with await reading(linger_s) as reader:
        first = await talk.now()
        await until_true(lambda: reader.has_text(first, first + SECOND))
        async with reader.away():
            await asyncio.sleep(away_s)
        await complete(reader, talk, first)
        assert skipped(await talk.until_segment(first), first) == []
        assert reader.filled(first) == set()


@pytest.mark.parametrize("away_s", [pytest.param(3, id="900 of 600 s, a 300th of it"), 10])
async def test_what_was_skipped_after_the_linger_time_is_filled_after_the_return(
    talk: Talk, reading: Reading, away_s: float
) -> None:
    async with await reading(linger_s=2) as reader:
        first = await talk.now()
        await until_true(lambda: reader.has_text(first, first + SECOND))
        async with reader.away():
            await asyncio.sleep(away_s)
            holes = skipped(await talk.until_segment(first, "skipped"), first)
        assert holes
        await complete(reader, talk, first)
        assert reader.filled(first) >= set(holes)

        calls = await talk.usage()
        lingering = [call.segment for call in calls if call.lingering]
        assert lingering, "the time that nobody was there is counted"
        assert max(lingering) < holes[0], "and it is over with the first segment that was skipped"
        fills = Counter(call.segment for call in calls if call.revised)
        assert set(fills) >= set(holes)
        assert set(fills.values()) == {1}


async def test_who_joins_first_in_the_middle_of_the_talk_gets_all_of_its_history(talk: Talk, reading: Reading) -> None:
    await talk.has_said(20)
    async with await reading(linger_s=2, history=100) as reader:
        await complete(reader, talk, 0)
        assert reader.filled(0)
