"""Settings of access that cannot be meant: one line that says what to set."""

from typing import Any

import pytest

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from gateway.access.check import check_access

KEY = "k" * 16
OIDC = {"auth": "oidc", "oidc_issuer": "https://login.example/realm", "oidc_audiences": "dragoman"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"auth": "open"},
        {"auth": "open", "host": "0.0.0.0"},
        {"auth": "secret", "speaker_key": KEY, "host": "0.0.0.0"},
        OIDC,
        OIDC | {"oidc_issuer": "http://127.0.0.1:9000/realm"},
        {"origins": "https://talks.example, http://club.example:8080"},
    ],
)
def test_these_do(settings: dict[str, Any]) -> None:
    check_access(Settings(**settings))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"host": "0.0.0.0"}, "DRAGOMAN_AUTH=open"),
        ({"speaker_key": KEY}, "DRAGOMAN_AUTH=secret"),
        ({"auth": "open", "oidc_issuer": "https://login.example"}, "DRAGOMAN_AUTH=oidc"),
        ({"auth": "secret"}, "DRAGOMAN_SPEAKER_KEY"),
        ({"auth": "secret", "speaker_key": KEY[1:]}, "16 characters"),
        ({"auth": "secret", "speaker_key": KEY + " two"}, "without spaces"),
        ({"auth": "secret", "speaker_key": KEY + "ü"}, "ASCII"),
        ({"auth": "oidc"}, "DRAGOMAN_OIDC_ISSUER"),
        (OIDC | {"oidc_issuer": "http://login.example"}, "https"),
        (OIDC | {"oidc_issuer": "login.example"}, "https"),
        (OIDC | {"oidc_issuer": "https://[bad"}, "https"),
        (OIDC | {"oidc_audiences": " , "}, "DRAGOMAN_OIDC_AUDIENCES"),
        ({"origins": "*"}, "DRAGOMAN_ORIGINS"),
        ({"origins": "talks.example"}, "https://talks.example"),
        ({"origins": "https://talks.example/page"}, "DRAGOMAN_ORIGINS"),
    ],
)
def test_these_do_not_and_it_is_said_why(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(DragomanError, match=says) as refused:
        check_access(Settings(**settings))
    assert "\n" not in str(refused.value)
    assert KEY[1:] not in str(refused.value)
