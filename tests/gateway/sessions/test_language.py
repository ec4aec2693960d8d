"""Which language a session has, by what Redis says and what is known here; and who is told."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from redis.exceptions import RedisError

from gateway.channels.offers import Offers
from gateway.errors import unavailable
from gateway.sessions import language
from gateway.sessions.detected import not_forgotten, with_detected
from gateway.sessions.language import tell_language
from tests.dragoman.transcripts.spoken import SESSION

ASKED = replace(SESSION, source_language="auto", language_since=16_000)
FOUND = replace(ASKED, source_language="es", detected=True)


def test_what_was_found_out_since_it_was_asked_for_is_the_language() -> None:
    assert with_detected(ASKED, "es 16001") == FOUND


@pytest.mark.parametrize("detected", ["", "es", "es 16000"])
def test_what_was_found_out_before_is_not(detected: str) -> None:
    assert with_detected(ASKED, detected) == ASKED


def test_what_was_chosen_is_the_language_whatever_was_found_out() -> None:
    assert with_detected(SESSION, "es 16001") == SESSION


def test_a_redis_that_forgot_does_not_make_a_language_unknown() -> None:
    assert not_forgotten(ASKED, FOUND) == FOUND
    assert not_forgotten(ASKED, ASKED) == ASKED


def test_what_was_found_out_is_unknown_again_when_that_is_asked_for() -> None:
    again = replace(ASKED, language_since=32_000)
    assert not_forgotten(again, FOUND) == again
    assert not_forgotten(replace(FOUND, source_language="fr", detected=False), FOUND).source_language == "fr"


class Told:
    """A speaker or listener, who meets these errors one after the other before it follows."""

    joined = True

    def __init__(self, *errors: Exception) -> None:
        self.peer, self.told, self.followed = self, list[Any](), 0
        self._errors = list(errors)

    def send(self, message: Any) -> None:
        self.told.append((message.source_language, message.detected))

    async def follow_floor(self, offers: Offers) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.followed += 1


class Away:
    """Redis as it is asked what can be had: away for `times`."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def now(self) -> Offers:
        self.times -= 1
        if self.times >= 0:
            raise RedisError
        return Offers({}, {}, {})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "AGAIN_S", 0.0)


def live_of(speaker: Told | None, *listeners: Told) -> Any:
    return SimpleNamespace(session=FOUND, code="code", speaker=speaker, listeners=set(listeners))


async def test_all_are_told_once_and_follow_although_redis_is_away_now_and_then() -> None:
    speaker, steady = Told(), Told()
    late = Told(RedisError(), unavailable(), OSError())
    await tell_language(Away(2), live_of(speaker, steady, late))  # type: ignore[arg-type]  # a fake
    assert [each.told for each in (speaker, steady, late)] == [[("es", True)]] * 3
    assert [each.followed for each in (steady, late)] == [1, 1]


async def test_what_does_not_hold_any_more_is_not_told() -> None:
    listener = Told()
    live = live_of(None, listener)
    away = Away(1)
    live.session = replace(FOUND, source_language="en", language_since=32_000, detected=False)
    asking = tell_language(away, live)  # type: ignore[arg-type]  # a fake
    first = asking.send(None)  # it waits
    assert first is None
    live.session = FOUND
    with pytest.raises(StopIteration):
        asking.send(None)
    assert (listener.told, listener.followed) == ([], 0)
