"""The listener's client, against a gateway that loses things."""

import asyncio

import msgspec
import pytest

from dragoman.client.connection import SpeechPart, Traffic, traffic
from dragoman.client.errors import RequestRefused, SocketClosed
from dragoman.client.listener import Listener, Missed
from schemas.channels import framed
from schemas.socket import (
    Caption,
    Error,
    JoinSession,
    LanguageChanged,
    Reconnect,
    SessionEnded,
    Subscription,
    TranslatedAudio,
)

CODE = "calm-otter-123"
STAYS = 0
"""In place of a close code: the fake gateway leaves the socket open."""


def caption(segment: int, identity: str, previous: str) -> Caption:
    return Caption(
        segment=segment,
        revision=segment + 1,
        final=True,
        language="es",
        text=f"texto {segment}",
        stable_chars=0,
        start_ms=0,
        end_ms=0,
        spoken_at=0,
        outcome="ok",
        reason="",
        id=identity,
        previous=previous,
    )


def speech(segment: int, identity: str, previous: str, **members: object) -> TranslatedAudio:
    return TranslatedAudio(
        segment=segment,
        part=0,
        last=True,
        language="es",
        format="pcm16",
        sample_rate=16_000,
        duration_ms=1,
        start_ms=0,
        end_ms=0,
        spoken_at=0,
        outcome="ok",
        reason="",
        id=identity,
        previous=previous,
        **members,  # type: ignore[arg-type]  # test data
    )


async def heard(url: str, **how: object) -> list[object]:
    async with Listener.join(url, CODE, "es", **how) as listener:
        return [message async for message in listener.messages()]


async def test_captions_come_until_the_session_has_ended(fake_gateway):
    script = [caption(0, "1", ""), caption(9, "2", "1"), SessionEnded(session_id=CODE)]
    fake_gateway.scripts.append((script, 4010))
    assert await heard(fake_gateway.url) == script


@pytest.mark.parametrize("code", [1001, 1006, 4008])
async def test_a_lost_socket_is_resumed_from_the_last_ids(fake_gateway, code):
    fake_gateway.scripts.append(([caption(0, "1", ""), speech(0, "s1", "")], code))
    fake_gateway.scripts.append(([caption(9, "2", "1"), SessionEnded(session_id=CODE)], 4010))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        iterator = listener.messages()
        first = [await anext(iterator), await anext(iterator)]
        recovered = Subscription(language="es", id="1", recovered=True)
        fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, captions=recovered, speech=recovered)
        rest = [message async for message in iterator]
    assert [type(message) for message in first + rest] == [Caption, SpeechPart, Caption, SessionEnded]
    assert (fake_gateway.openings[1].resume.captions, fake_gateway.openings[1].resume.speech) == ("1", "s1")


async def test_a_listener_that_cuts_its_own_network_comes_back_and_its_bytes_are_counted(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", "")], STAYS))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    counted = Traffic()
    token = traffic.set(counted)
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        iterator = listener.messages()
        await anext(iterator)
        before, first = (counted.sent, counted.received), fake_gateway.joined
        recovered = Subscription(language="es", id="1", recovered=True)
        fake_gateway.joined = msgspec.structs.replace(first, captions=recovered, speech=recovered)
        listener.cut()
        assert [type(message) for message in [message async for message in iterator]] == [SessionEnded]
        assert listener.reconnects == 1
        after = (counted.sent, counted.received)
    traffic.reset(token)
    assert fake_gateway.openings[1].resume.captions == "1"
    assert fake_gateway.left == [], "nobody said good-bye"
    joins = [len(msgspec.json.encode(each)) for each in fake_gateway.openings]
    assert (before[0], after[0]) == (joins[0], sum(joins))
    said = [first, caption(0, "1", ""), fake_gateway.joined, SessionEnded(session_id=CODE)]
    lengths = [len(msgspec.json.encode(each)) for each in said]
    assert (before[1], after[1]) == (sum(lengths[:2]), sum(lengths))


def revised(segment: int, revision: int, place: str, revision_id: str) -> Caption:
    """One that comes when `place` is the last of the history."""
    changed = {"revision": revision, "revised": True, "revision_id": revision_id}
    return msgspec.structs.replace(caption(segment, place, place), **changed)


async def test_a_late_caption_is_heard_once_and_breaks_no_chain(fake_gateway):
    script = [
        caption(0, "1", ""),
        caption(9, "2", "1"),
        revised(0, 5, "2", "r1"),
        caption(18, "3", "2"),
        revised(0, 5, "3", "r2"),
        revised(4, 5, "3", "r3"),
        SessionEnded(session_id=CODE),
    ]
    fake_gateway.scripts.append((script, 4010))
    assert await heard(fake_gateway.url) == [*script[:4], *script[5:]]


async def test_a_lost_socket_is_resumed_from_the_last_id_of_both_streams(fake_gateway):
    fake_gateway.joined = msgspec.structs.replace(
        fake_gateway.joined, captions=Subscription(language="es", id="1", recovered=False, revisions="r1")
    )
    fake_gateway.scripts.append(([caption(0, "1", "")], 1006))
    fake_gateway.scripts.append(([caption(9, "2", "1"), revised(0, 5, "2", "r2")], 1006))
    of_an_entry = msgspec.structs.replace(caption(18, "3", "2"), revised=True, revision_id="r4")
    fake_gateway.scripts.append(([of_an_entry, revised(4, 5, "3", "r3")], 1006))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        iterator = listener.messages()
        await anext(iterator)
        recovered = Subscription(language="es", id="2", recovered=True, revisions="r2")
        fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, captions=recovered)
        texts = [message.text async for message in iterator if isinstance(message, Caption)]
    assert texts == ["texto 9", "texto 0", "texto 18", "texto 4"]
    resumed = [(each.resume.captions, each.resume.revisions) for each in fake_gateway.openings]
    assert resumed == [("", ""), ("1", "r1"), ("2", "r2"), ("3", "r3")]


async def test_a_lost_socket_is_told_once_and_its_return_too(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", "")], 1006))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    told: list[bool] = []
    joining = JoinSession(session_id=CODE, target_language="es")
    async with Listener(fake_gateway.url, joining, on_change=told.append) as listener:
        assert [message async for message in listener.messages()]
    assert told == [False, True]


async def test_what_comes_twice_is_heard_once(fake_gateway):
    fake_gateway.scripts.append(
        ([caption(0, "1", ""), caption(0, "1", ""), speech(0, "s", ""), speech(0, "s", "")], 4010)
    )
    assert [type(message) for message in await heard(fake_gateway.url)] == [Caption, SpeechPart]


async def test_a_resume_that_comes_too_late_is_said(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", "")], 1001))
    fake_gateway.scripts.append(([caption(9, "7", "6"), SessionEnded(session_id=CODE)], 4010))
    head = Subscription(language="es", id="6", recovered=False)
    fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, captions=head)
    messages = await heard(fake_gateway.url)
    assert [type(message) for message in messages] == [Caption, Missed, Caption, SessionEnded]


async def test_the_last_part_of_a_text_is_played_though_its_number_came_before(fake_gateway):
    """Another worker may have spoken the text as a whole."""
    begun = msgspec.structs.replace(speech(0, "s1", ""), last=False)
    fake_gateway.scripts.append(([begun, speech(0, "s2", "s1"), speech(1, "s3", "s2")], 4010))
    parts = [(part.header.segment, part.header.last) for part in await heard(fake_gateway.url)]
    assert parts == [(0, False), (0, True), (1, True)]


@pytest.mark.parametrize(("by_now", "told"), [("s1", [Missed("speech", "es")]), ("", [])])
async def test_who_had_heard_nothing_yet_is_told_of_what_was_said_while_away(fake_gateway, by_now, told):
    nothing = Subscription(language="es", id="", recovered=False)
    fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, captions=nothing, speech=nothing)
    fake_gateway.scripts.append(([caption(0, "1", "")], 1006))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        iterator = listener.messages()
        await anext(iterator)
        captions = Subscription(language="es", id="1", recovered=True)
        speech = msgspec.structs.replace(nothing, id=by_now)
        fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, captions=captions, speech=speech)
        rest = [message async for message in iterator]
    assert rest == [*told, SessionEnded(session_id=CODE)]


async def test_a_previous_that_never_came_is_said(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", ""), caption(9, "3", "2")], 4010))
    assert (await heard(fake_gateway.url))[1] == Missed("captions", "es")


@pytest.mark.parametrize("binary", [True, False])
async def test_speech_is_the_same_as_binary_frame_and_as_base64(fake_gateway, binary):
    if binary:
        part: object = framed(msgspec.json.encode(speech(0, "s", "")), b"sound")
    else:
        part = speech(0, "s", "", audio_data="c291bmQ=")
    fake_gateway.scripts.append(([part], 4010))
    messages = await heard(fake_gateway.url)
    assert [message.audio for message in messages] == [b"sound"]  # type: ignore[attr-defined]  # SpeechPart


async def test_what_is_not_understood_is_passed_over(fake_gateway):
    """A newer gateway may say more."""
    fake_gateway.scripts.append(([b"\x00\x00", b"\x00\x00\x00\x02{}", caption(0, "1", "")], 4010))
    assert [type(message) for message in await heard(fake_gateway.url)] == [Caption]


@pytest.mark.parametrize("code", [4001, 4003])
async def test_a_close_that_says_not_to_come_back_is_an_error(fake_gateway, code):
    fake_gateway.scripts.append(([], code))
    with pytest.raises(SocketClosed) as closed:
        await heard(fake_gateway.url)
    assert closed.value.code == code


async def test_a_session_that_is_not_there_is_said_in_the_gateways_words(fake_gateway):
    message = "There is no such session: check the code."
    fake_gateway.refused_openings.append(Error(code="session-not-found", message=message, retryable=False))
    with pytest.raises(RequestRefused, match="check the code"):
        await heard(fake_gateway.url)


@pytest.mark.parametrize("code", ["session-ended", "session-not-found"])
async def test_a_session_that_ended_while_the_socket_was_lost_has_ended(fake_gateway, code):
    fake_gateway.scripts.append(([caption(0, "1", "")], 1001))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        iterator = listener.messages()
        await anext(iterator)
        fake_gateway.refused_openings.append(Error(code=code, message="It ended.", retryable=False))
        assert [message async for message in iterator] == []


async def test_a_gateway_that_goes_away_is_left_when_it_says_so(fake_gateway):
    """The socket is closed from this side, and resumed from what was seen last."""
    fake_gateway.scripts.append(([caption(0, "1", ""), Reconnect(after_ms=1)], STAYS))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    await heard(fake_gateway.url)
    assert [opening.resume.captions for opening in fake_gateway.openings] == ["", "1"]


async def test_the_next_gateway_is_asked_when_one_does_not_answer(fake_gateway):
    """Addresses in a list, or with commas between."""
    fake_gateway.scripts.append(([], 1006))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    await heard(f"ws://127.0.0.1:1, {fake_gateway.url}")
    assert len(fake_gateway.openings) == 2
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    await heard([fake_gateway.url, "ws://127.0.0.1:1"])


async def test_who_comes_back_says_who_it_is(fake_gateway):
    fake_gateway.joined = msgspec.structs.replace(fake_gateway.joined, listener="me.signed")
    fake_gateway.scripts.append(([caption(0, "1", "")], 1006))
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010))
    await heard(fake_gateway.url)
    assert [opening.resume.listener for opening in fake_gateway.openings] == ["", "me.signed"]
    assert fake_gateway.left == [], "a lost socket is no farewell"


async def test_who_stops_listening_says_so_and_waits_for_nothing(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", "")], STAYS))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        await anext(listener.messages())
    assert fake_gateway.left == [CODE]


async def test_who_leaves_while_somebody_waits_for_messages_ends_that(fake_gateway):
    fake_gateway.scripts.append(([caption(0, "1", "")], STAYS))
    async with Listener.join(fake_gateway.url, CODE, "es") as listener:
        messages = listener.messages()
        await anext(messages)
        waiting = asyncio.create_task(anext(messages, None))
        await asyncio.sleep(0)
        await listener.close()
        assert await waiting is None
    assert fake_gateway.left == [CODE]


async def test_a_voice_that_ends_to_be_needed_tears_no_hole_into_the_captions(fake_gateway):
    stays = Subscription(language="es", id="a", recovered=True)
    changed = LanguageChanged(session_id=CODE, format=None, captions=stays, speech=None)
    one, two = caption(0, "a", ""), caption(1, "b", "a")
    missing = caption(3, "d", "c")
    end = SessionEnded(session_id=CODE)
    fake_gateway.scripts.append(([one, changed, one, two, missing, end], 4010))
    messages = await heard(fake_gateway.url)
    assert messages == [one, changed, two, Missed("captions", "es"), missing, end]
