"""Regions, endpoints and credentials by the ordinary chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError, ProfileNotFound

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from tests.workers.amazon.peers import credentials
from tests.workers.amazon.signatures import ACCESS_KEY
from workers.amazon.account import Account, account_of


@pytest.fixture(autouse=True)
def chain(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with credentials(tmp_path) as patch:
        yield patch


def test_a_region_comes_from_the_settings_else_from_the_chain(chain: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRegionError):
        Account().region()
    chain.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert Account().region() == "eu-north-1"
    assert account_of(Settings(amazon_region="us-east-2")).region() == "us-east-2"


def test_credentials_come_from_the_environment_or_a_profile_or_nowhere(
    chain: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Account().credentials().access_key == ACCESS_KEY
    chain.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(NoCredentialsError):
        Account().credentials()
    chain.setenv("AWS_PROFILE", "talks")
    with pytest.raises(ProfileNotFound):
        Account().credentials()
    (tmp_path / "none").write_text("[talks]\naws_access_key_id=AKIDOFAPROFILE\naws_secret_access_key=secret\n")
    assert Account().credentials().access_key == "AKIDOFAPROFILE"


def test_endpoints_are_named_by_service() -> None:
    account = account_of(Settings(amazon_endpoints="polly=https://vpce.example,translate=http://127.0.0.1:1"))
    assert [account.endpoint(name) for name in ("polly", "translate", "transcribe")] == [
        "https://vpce.example",
        "http://127.0.0.1:1",
        "",
    ]
    for wrong in ("https://vpce.example", "s3=https://x", "polly=vpce.example"):
        with pytest.raises(SettingsError, match="DRAGOMAN_AMAZON_ENDPOINTS"):
            account_of(Settings(amazon_endpoints=wrong))
