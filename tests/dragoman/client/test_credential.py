"""What a client shows a gateway."""

from pathlib import Path

import pytest

from dragoman.client.credential import credential_of, shown
from dragoman.client.errors import ClientError, RequestRefused, SocketClosed
from dragoman.client.speaker import Speaker
from schemas.socket import CreateSession, Error
from tests.dragoman.client.test_speaker import FRAME, frames

OPENING = CreateSession(source_language="en")


def test_a_text_is_shown_as_it_is_and_a_function_is_asked_each_time() -> None:
    tokens = iter(["first", "second"])
    assert shown(OPENING, "key").token == "key"
    assert [shown(OPENING, lambda: next(tokens)).token for _ in range(2)] == ["first", "second"]
    assert shown(OPENING, "") is OPENING


def test_a_file_is_read_anew_and_its_absence_said(tmp_path: Path) -> None:
    path = tmp_path / "token"
    credential = credential_of(f"@{path}")
    with pytest.raises(ClientError, match="cannot read the key"):
        shown(OPENING, credential)
    for token in ("first", "second"):
        path.write_text(f"{token}\n")
        assert shown(OPENING, credential).token == token
    assert shown(OPENING, credential_of("plain")).token == "plain"


async def test_a_key_file_that_is_away_for_a_moment_ends_nothing(fake_gateway, tmp_path: Path) -> None:
    """Whoever keeps it current may write it anew just now."""
    path, asked = tmp_path / "token", 0

    def credential() -> str:
        nonlocal asked
        asked += 1
        path.unlink(missing_ok=True)
        if asked != 2:
            path.write_text("token")
        return credential_of(f"@{path}")()  # type: ignore[operator]  # of a file it is a function

    fake_gateway.cuts.append((3 * FRAME, 4003))
    async with Speaker.create(fake_gateway.url, "en", credential=credential) as speaker:
        for frame in frames(10):
            speaker.send(frame)
        await speaker.delivered()
        assert speaker.reconnects == 1
    assert asked == 3


async def test_an_expired_credential_is_followed_by_a_new_one(fake_gateway) -> None:
    tokens = iter(["first", "too early", "second"])
    fake_gateway.cuts.append((3 * FRAME, 4003))
    async with Speaker.create(fake_gateway.url, "en", credential=lambda: next(tokens)) as speaker:
        refusal = Error(code="unauthorized", message="It has expired.", retryable=False)
        fake_gateway.refused_openings.append(refusal)
        for frame in frames(10):
            speaker.send(frame)
        await speaker.delivered()
    assert fake_gateway.heard == b"".join(frames(10))
    assert [opening.token for opening in fake_gateway.openings] == ["first", "second"]


async def test_a_credential_that_stays_the_same_is_not_shown_again_when_it_has_expired(fake_gateway) -> None:
    fake_gateway.cuts.append((FRAME, 4003))
    async with Speaker.create(fake_gateway.url, "en", credential="key") as speaker:
        speaker.send(frames(1)[0])
        with pytest.raises(SocketClosed, match="get a new one"):
            await speaker.delivered()


async def test_a_first_socket_that_is_refused_is_not_tried_again(fake_gateway) -> None:
    fake_gateway.refused_openings.append(Error(code="unauthorized", message="No.", retryable=False))
    with pytest.raises(RequestRefused):
        async with Speaker.create(fake_gateway.url, "en", credential=lambda: "key"):
            pass
