"""The look at the server before a load: what is wrong is one line that says what to do."""

import pytest

from dragoman.load.setup import languages_with_speech
from dragoman.runtime.errors import DragomanError
from schemas.socket import Error, ErrorCode
from tests.dragoman.client.conftest import FakeGateway, fake_gateway

__all__ = ["fake_gateway"]


def refusal(code: ErrorCode) -> Error:
    return Error(code=code, message="No.", retryable=False, available=["en", "pt"])


async def test_what_can_be_heard_is_asked_for_and_the_session_is_ended(fake_gateway: FakeGateway):
    fake_gateway.scripts.append(([], 0))
    assert await languages_with_speech(fake_gateway.url, "en", ["es"], "") == {"es"}
    assert fake_gateway.controls == [("end", 0)]


@pytest.mark.parametrize(
    ("code", "said"),
    [("language-unavailable", "--language tlh: No. Available: en, pt."), ("unauthorized", "give it with --key")],
)
async def test_a_refused_session_names_the_option(fake_gateway: FakeGateway, code: ErrorCode, said: str):
    fake_gateway.refused_openings.append(refusal(code))
    with pytest.raises(DragomanError) as error:
        await languages_with_speech(fake_gateway.url, "tlh", ["es"], "")
    assert said in str(error.value)


async def test_a_server_that_is_not_there_is_said_with_the_option_of_this_command():
    with pytest.raises(DragomanError, match="or give its --server"):
        await languages_with_speech("ws://127.0.0.1:9", "en", ["es"], "")
