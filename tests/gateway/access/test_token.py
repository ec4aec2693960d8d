"""The speaker's token."""

import jwt
import pytest

from gateway.access.token import SpeakerClaims, sign, verify
from gateway.errors import RefusedError

SECRET = "s" * 32
CLAIMS = SpeakerClaims("calm-otter-123-ab", 3, "en")


def test_a_token_is_checked_without_anything_but_the_secret() -> None:
    assert verify(sign(CLAIMS, SECRET), SECRET) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        sign(CLAIMS, "t" * 32),
        jwt.encode({**CLAIMS._asdict(), "aud": "someone-else"}, SECRET, algorithm="HS256"),
        jwt.encode({"aud": "dragoman-speaker", "session_id": "x"}, SECRET, algorithm="HS256"),
        jwt.encode({**CLAIMS._asdict(), "aud": "dragoman-speaker"}, SECRET * 2, algorithm="HS512"),
        jwt.encode({**CLAIMS._asdict(), "aud": "dragoman-speaker"}, None, algorithm="none"),
    ],
)
def test_any_other_token_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(RefusedError) as refused:
        verify(token, SECRET)
    assert refused.value.code == "unauthorized"
    assert not token or token not in str(refused.value)
