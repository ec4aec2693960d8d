"""What a speaker in a terminal sees."""

import pytest
import segno

from dragoman.cli.speak import _qr, _told_of_the_end
from dragoman.client.errors import ClientError, RequestRefused, StateError
from dragoman.client.speaker import Speaker
from dragoman.runtime.errors import DragomanError
from schemas.socket import Error

LINK = "http://192.168.1.20:8080/listen/calm-otter-123"
BLOCKS = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}


def test_the_link_is_a_qr_code_of_half_blocks():
    """White is painted, so that it is white on a dark terminal."""
    lines = _qr(LINK).splitlines()
    rows = [[not BLOCKS[block][half] for block in line] for line in lines for half in (0, 1)]
    code = segno.make(LINK, error="m", micro=False)
    expected = [[bool(module) for module in row] for row in code.matrix_iter(border=4)]
    assert rows[: len(expected)] == expected


def refused(code: str) -> RequestRefused:
    return RequestRefused(Error(code=code, message="No.", retryable=False))  # type: ignore[arg-type]  # one of the codes


@pytest.mark.parametrize("error", [refused("session-ended"), StateError("the session has ended")])
async def test_a_session_that_ended_without_its_speaker_says_what_is_kept_and_what_is_lost(error: ClientError):
    speaker = Speaker.create("ws://unused", "en")
    speaker.code = "calm-otter-123"
    speaker._outgoing.buffer.add(bytes(2 * 48_000), 0)
    speaker._outgoing.buffer.acknowledge(16_000)
    with pytest.raises(DragomanError, match=r"calm-otter-123 has ended.* first 1\.0 s is kept, 2\.0 s .* are lost"):
        async with _told_of_the_end(speaker):
            raise error


async def test_other_refusals_say_what_the_gateway_said():
    with pytest.raises(RequestRefused, match=r"^No\.$"):
        async with _told_of_the_end(Speaker.create("ws://unused", "en")):
            raise refused("at-capacity")
