"""One reading for all who ask."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from dragoman.transcripts.said import Finals
from gateway.errors import RefusedError, unavailable
from gateway.transcripts import transcripts as module
from gateway.transcripts.transcripts import Transcripts
from schemas.messages import Session
from tests.dragoman.transcripts.spoken import SESSION, transcript, translation

HEAD = b"Of otters & men, 1970-01-01\n\n"
KNOWN = frozenset({"en", "es"})


class FakeArchive:
    """Has one thing of every session, and counts how often it is asked; `open` lets it answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def read(self, session: Session, languages: frozenset[str]) -> Finals:
        self.asked.append(session.session_id)
        await self.open.wait()
        if self.broken:
            raise unavailable()
        finals = Finals()
        for message in (transcript(0, "hello"), translation(0, "hola")):
            finals.take(message)
        return finals


@pytest.fixture
def archive() -> FakeArchive:
    return FakeArchive()


@pytest.fixture
def transcripts(archive: FakeArchive) -> Transcripts:
    return Transcripts(archive)  # type: ignore[arg-type]  # a fake


def session(number: int) -> Session:
    return msgspec.structs.replace(SESSION, session_id=f"session-{number}")


async def test_a_hall_that_asks_at_once_costs_one_reading(transcripts: Transcripts, archive: FakeArchive) -> None:
    archive.open.clear()
    asked = [asyncio.create_task(transcripts.file(SESSION, KNOWN, "es", "txt")) for _ in range(100)]
    await asyncio.sleep(0)
    archive.open.set()
    assert set(await asyncio.gather(*asked)) == {("es", HEAD + b"hola\n")}
    assert await transcripts.file(SESSION, KNOWN, "", "txt") == ("en", HEAD + b"hello\n")
    assert len(archive.asked) == 1


async def test_after_some_seconds_it_is_read_again(
    transcripts: Transcripts, archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_S", 0.0)
    await transcripts.file(SESSION, KNOWN, "en", "txt")
    await transcripts.file(SESSION, KNOWN, "en", "txt")
    assert len(archive.asked) == 2


async def test_who_goes_away_does_not_spoil_it_for_others(transcripts: Transcripts, archive: FakeArchive) -> None:
    archive.open.clear()
    gone, stays = (asyncio.create_task(transcripts.file(SESSION, KNOWN, "es", "txt")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    archive.open.set()
    assert (await stays)[0] == "es"
    assert len(archive.asked) == 1


async def test_a_failure_is_told_to_all_who_waited_and_not_kept(transcripts: Transcripts, archive: FakeArchive) -> None:
    archive.broken = True
    told = await asyncio.gather(
        *(transcripts.file(SESSION, KNOWN, "es", "txt") for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in told] == [RefusedError] * 3
    archive.broken = False
    assert (await transcripts.file(SESSION, KNOWN, "es", "txt"))[0] == "es"
    assert len(archive.asked) == 2


async def test_only_the_last_sessions_are_kept(transcripts: Transcripts, archive: FakeArchive) -> None:
    for number in range(module.MOST_KEPT + 1):
        await transcripts.file(session(number), KNOWN, "es", "txt")
    await transcripts.file(session(module.MOST_KEPT), KNOWN, "es", "txt")
    assert len(archive.asked) == module.MOST_KEPT + 1
    await transcripts.file(session(0), KNOWN, "es", "txt")
    assert len(archive.asked) == module.MOST_KEPT + 2


async def test_a_language_is_served_by_the_one_that_is_there(transcripts: Transcripts) -> None:
    assert (await transcripts.file(SESSION, KNOWN, "es-MX", "txt"))[0] == "es"
    for wanted, code in (("fr", "language-unavailable"), ("not a tag", "bad-message")):
        with pytest.raises(RefusedError) as refused:
            await transcripts.file(SESSION, KNOWN, wanted, "txt")
        assert refused.value.code == code
        assert refused.value.available == (["en", "es"] if code == "language-unavailable" else None)


async def test_a_language_in_which_nothing_was_said_yet_is_empty(transcripts: Transcripts) -> None:
    assert await transcripts.file(SESSION, KNOWN | {"ca"}, "ca", "txt") == ("ca", HEAD[:-1])


async def test_stopping_ends_what_is_under_way(transcripts: Transcripts, archive: FakeArchive) -> None:
    archive.open.clear()
    asked: Callable[[], object] = asyncio.create_task(transcripts.file(SESSION, KNOWN, "es", "txt")).done
    await asyncio.sleep(0)
    await transcripts.stop()
    await asyncio.sleep(0)
    assert asked()
