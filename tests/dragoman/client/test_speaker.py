"""The speaker's client, against a gateway that loses things."""

import asyncio

import pytest

from dragoman.client.errors import GatewayUnreachable, RequestRefused, SocketClosed, StateError
from dragoman.client.speaker import Speaker
from dragoman.local.ports import free_ports
from schemas.socket import Error, ResumeSession, SessionEnded

FRAME = 1600


def frames(count: int) -> list[bytes]:
    return [bytes([number % 250, 1]) * FRAME for number in range(count)]


def refusal(code: str, *, retryable: bool, **members: object) -> Error:
    return Error(code=code, message="Do this.", retryable=retryable, **members)  # type: ignore[arg-type]  # test data


@pytest.mark.parametrize("binary", [True, False])
async def test_what_is_sent_arrives_and_is_acknowledged(fake_gateway, binary):
    async with Speaker.create(fake_gateway.url, "en", binary=binary) as speaker:
        assert [speaker.send(frame) for frame in frames(3)] == [0, FRAME, 2 * FRAME]
        await speaker.delivered()
        assert speaker.acknowledged == 3 * FRAME
    assert fake_gateway.heard == b"".join(frames(3))


async def test_the_session_has_a_code_a_token_and_a_link(fake_gateway):
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        assert (speaker.code, speaker.token) == ("calm-otter-123", "t")
        assert speaker.join_url.endswith("/listen/calm-otter-123")


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012])
async def test_a_lost_socket_loses_no_sample(fake_gateway, code):
    """It is resumed with the token, and what was not durable is sent again."""
    fake_gateway.cuts.extend([(3 * FRAME, code), (6 * FRAME, code)])
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        for frame in frames(10):
            speaker.send(frame)
        await speaker.delivered()
        assert speaker.reconnects == 2
    assert fake_gateway.heard == b"".join(frames(10))
    assert [type(opening) for opening in fake_gateway.openings[1:]] == [ResumeSession, ResumeSession]


async def test_a_replaced_speaker_does_not_come_back(fake_gateway):
    fake_gateway.cuts.append((FRAME, 4009))
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        speaker.send(frames(1)[0])
        with pytest.raises(SocketClosed) as closed:
            await speaker.delivered()
        with pytest.raises(SocketClosed):
            speaker.send(frames(1)[0])
    assert closed.value.code == 4009
    assert len(fake_gateway.openings) == 1


async def test_the_end_of_the_session_ends_the_events(fake_gateway):
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        speaker.send(frames(1)[0])
        await speaker.end()
        events = [event async for event in speaker.events()]
    assert [type(event) for event in events] == [SessionEnded]
    assert fake_gateway.controls == [("end", FRAME)]


async def test_after_the_end_nothing_can_be_sent(fake_gateway):
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        await speaker.end()
        with pytest.raises(StateError):
            speaker.send(frames(1)[0])


async def test_an_end_whose_answer_was_lost_is_an_end(fake_gateway):
    """The gateway refuses the resume because the session has ended: that is what was wanted."""
    fake_gateway.cuts.append((-1, 1006))
    fake_gateway.refused_openings.clear()
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        fake_gateway.refused_openings.append(refusal("session-ended", retryable=False))
        await speaker.end()


async def test_audio_that_is_refused_for_now_is_sent_again_from_where_the_gateway_says(fake_gateway):
    fake_gateway.refusals.extend([refusal("too-fast", retryable=True, position=0)] * 3)
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        for frame in frames(3):
            speaker.send(frame)
        await speaker.delivered()
    assert fake_gateway.heard == b"".join(frames(3))


async def test_an_end_waits_for_audio_that_was_refused(fake_gateway):
    """Else the session would end before its last words."""
    fake_gateway.refusals.append(refusal("unavailable", retryable=True, position=0))
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        speaker.send(frames(1)[0])
        await speaker.end()
    assert fake_gateway.controls == [("end", FRAME)]


async def test_audio_that_is_called_bad_goes_again_from_where_the_gateway_says(fake_gateway):
    """It may have stood at the wrong place: what was on its way behind it is refused with it."""
    fake_gateway.refusals.extend([refusal("bad-audio", retryable=False, position=0)] * 8)
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        for frame in frames(8):
            speaker.send(frame)
        await speaker.delivered()
    assert fake_gateway.heard == b"".join(frames(8))


async def test_audio_that_is_refused_for_good_ends_the_client(fake_gateway):
    fake_gateway.refusals.extend([refusal("bad-audio", retryable=False, position=0)] * 20)
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        speaker.send(frames(1)[0])
        with pytest.raises(RequestRefused) as refused:
            await speaker.delivered()
    assert (refused.value.code, refused.value.position, refused.value.retryable) == ("bad-audio", 0, False)


async def test_a_control_stands_at_its_place_between_the_samples(fake_gateway):
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        for frame in frames(2):
            speaker.send(frame)
        muting = asyncio.create_task(speaker.mute())
        await asyncio.sleep(0)
        for frame in frames(2):
            speaker.send(frame)
        await muting
        await speaker.delivered()
    assert fake_gateway.controls == [("mute", 2 * FRAME)]
    assert fake_gateway.position == 4 * FRAME


async def test_nothing_can_be_sent_in_pause(fake_gateway):
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        await speaker.pause()
        with pytest.raises(StateError):
            speaker.send(frames(1)[0])
        await speaker.go_on()
        speaker.send(frames(1)[0])
        await speaker.delivered()


async def test_a_refused_session_says_why_and_what_there_is(fake_gateway):
    fake_gateway.refused_openings.append(refusal("language-unavailable", retryable=False, available=["en"]))
    with pytest.raises(RequestRefused) as refused:
        await Speaker.create(fake_gateway.url, "de").__aenter__()
    assert (refused.value.code, refused.value.available) == ("language-unavailable", ["en"])
    assert str(refused.value) == "Do this. Available: en."


async def test_without_a_gateway_there_is_one_clear_line():
    (port,) = free_ports(1)
    with pytest.raises(GatewayUnreachable, match="dragoman up"):
        await Speaker.create(f"ws://127.0.0.1:{port}", "en").__aenter__()


async def test_a_gateway_that_never_returns_is_given_up(fake_gateway):
    fake_gateway.cuts.append((FRAME, 1006))
    async with Speaker.create(fake_gateway.url, "en", patience_s=0.01) as speaker:
        speaker.send(frames(1)[0])
        with pytest.raises(SocketClosed):
            await speaker.delivered()
        with pytest.raises(SocketClosed):
            [event async for event in speaker.events()]


async def test_another_language_stands_at_its_place_between_the_samples(fake_gateway):
    async with Speaker.create(fake_gateway.url, "auto") as speaker:
        assert fake_gateway.openings[0].source_language == "auto"
        speaker.send(bytes(3200))
        await speaker.change_language("es")
        speaker.send(bytes(3200))
        await speaker.end()
    assert fake_gateway.controls == [("es", 1600), ("end", 3200)]
