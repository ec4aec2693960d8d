"""Peers of ours in place of Amazon, and what an engine must be told to reach them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.workers.amazon.rest_peer import RestPeer
from tests.workers.amazon.signatures import ACCESS_KEY, REGION, SECRET_KEY
from tests.workers.amazon.transcribe_peer import TranscribePeer


@contextmanager
def credentials(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """By the ordinary chain: from the environment, and from nothing that this machine happens to have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, str(folder / "none"))
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        yield patch


@asynccontextmanager
async def peers_of(engine: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """The settings with which an engine of that name can work here; all others need none."""
    if engine != "amazon":
        yield {}
        return
    with credentials(folder):
        async with TranscribePeer(folder / "tls") as transcribe, RestPeer() as rest:
            yield {
                "amazon_region": REGION,
                "amazon_endpoints": f"transcribe={transcribe.url},translate={rest.url},polly={rest.url}",
                "amazon_ca": transcribe.ca,
            }
