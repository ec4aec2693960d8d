"""Withdrawing and correcting over a log and channels in memory: what is delivered when something went wrong before."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from redis.exceptions import ResponseError

from gateway.errors import RefusedError
from gateway.moderating.captions import BEYOND, correct, withdraw
from schemas.channels import captions_channel
from schemas.messages import Message, Session, Transcript, Translation
from schemas.topics import TRANSCRIPTS
from tests.gateway.publisher import caption

NOW = 1_800_000_000_000
SESSION = Session(
    session_id="calm-otter-421-t",
    code="calm-otter-421",
    source_language="en",
    partition=0,
    created_at=NOW - 3_600_000,
    updated_at=NOW,
)


class Channels:
    """Redis with the newest caption of the segment 0 in each language."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.broadcast("en", "hello", 16_000)
        self.broadcast("es", "hola", 16_000)

    def broadcast(self, language: str, text: str, revision: int) -> None:
        channel = captions_channel(SESSION.session_id, language)
        self.rows[channel] = caption(0, text, language=language, revision=revision, sourceLanguage="en")

    async def smembers(self, key: str) -> set[bytes]:
        return {b"es", b"ca"}

    async def xrange(self, channel: str, first: str, last: str, count: int | None = None) -> list[Any]:
        if not 0 <= int(first) < 2**64:
            raise ResponseError("Invalid stream ID specified as stream command argument")
        return [(b"0-1", {b"p": self.rows[channel]})] if channel in self.rows and first == "0" else []

    async def zrangebyscore(self, *_: object) -> list[bytes]:
        return []


class Log:
    """Keeps what is delivered; `away`: the topic that it cannot reach."""

    def __init__(self) -> None:
        self.delivered: list[Transcript | Translation] = []
        self.away = ""

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        if topic == self.away:
            raise TimeoutError
        self.delivered += [each for each in messages if isinstance(each, Transcript | Translation)]
        return len(messages)

    def taken(self) -> list[Transcript | Translation]:
        """What was delivered since the last time."""
        taken, self.delivered = self.delivered, []
        return taken


async def test_a_withdrawal_that_got_half_the_way_is_finished_by_the_next_try() -> None:
    """Whether or not the half is already in the channels."""
    channels, log = Channels(), Log()
    log.away = TRANSCRIPTS
    with pytest.raises(RefusedError, match="not reachable"):
        await withdraw(log, channels, SESSION, 0)  # type: ignore[arg-type]
    half = log.taken()
    assert [each.language for each in half] == ["ca", "es"]
    log.away = ""
    await withdraw(log, channels, SESSION, 0)  # type: ignore[arg-type]
    assert [each.language for each in log.taken()] == ["ca", "es", "en"]
    for made in half:
        channels.broadcast(made.language, "", made.revision)
    await withdraw(log, channels, SESSION, 0)  # type: ignore[arg-type]
    (rest,) = log.taken()
    assert (rest.language, rest.text, rest.outcome, rest.revision) == ("en", "", "withdrawn", half[0].revision)
    channels.broadcast("en", "", rest.revision)
    await withdraw(log, channels, SESSION, 0)  # type: ignore[arg-type]
    assert log.taken() == []


async def test_what_was_spoken_before_another_language_is_withdrawn_and_corrected_though_nobody_read_it() -> None:
    channels, log = Channels(), Log()
    del channels.rows[captions_channel(SESSION.session_id, "es")]
    german = msgspec.structs.replace(SESSION, source_language="de", language_since=32_000)
    await correct(log, channels, german, 0, "en", "Hello", ["de", "en", "fr"])  # type: ignore[arg-type]
    await withdraw(log, channels, german, 0, ["de", "en", "fr"])  # type: ignore[arg-type]
    corrected, *withdrawn = log.taken()
    assert (corrected.language, corrected.text) == ("en", "Hello")
    assert {each.language for each in withdrawn} == {"ca", "de", "en", "es"}
    channels.broadcast("en", "", withdrawn[-1].revision)
    channels.broadcast("es", "", withdrawn[-1].revision)
    await withdraw(log, channels, german, 0)  # type: ignore[arg-type]
    assert {each.language for each in log.taken()} == {"ca", "de"}, (
        "what a translation says was spoken is looked at, too"
    )


@pytest.mark.parametrize("segment", [-1, 2**53, 2**64, 7])
async def test_a_segment_that_cannot_be_is_the_fault_of_who_names_it(segment: int) -> None:
    channels, log = Channels(), Log()
    for refused in (
        withdraw(log, channels, SESSION, segment),  # type: ignore[arg-type]
        correct(log, channels, SESSION, segment, "es", "hola"),  # type: ignore[arg-type]
    ):
        with pytest.raises(RefusedError) as error:
            await refused
        assert error.value.code == "bad-message"


async def test_who_corrects_in_a_language_that_is_not_there_is_told_which_are() -> None:
    with pytest.raises(RefusedError) as error:
        await correct(Log(), Channels(), SESSION, 0, "pt", "olá")  # type: ignore[arg-type]
    assert (error.value.code, error.value.available) == ("language-unavailable", ["ca", "en", "es"])


async def test_a_second_correction_is_newer_than_the_first_though_the_channels_have_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And both are older than that the caption is withdrawn."""
    channels, log, times = Channels(), Log(), iter([NOW, NOW + 40])
    monkeypatch.setattr("gateway.moderating.captions.now_ms", lambda: next(times, NOW + 80))
    for _ in range(2):
        await correct(log, channels, SESSION, 0, "en", "hello, world")  # type: ignore[arg-type]
    first, second = log.taken()
    assert 16_000 < first.revision < second.revision < BEYOND
