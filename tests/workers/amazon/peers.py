"""Peers of ours in place of Amazon, and what an engine must be told to reach them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
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


class AmazonPeers:
    """All three services, the credentials that they take, and the settings with which they are found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self.transcribe, self.rest = TranscribePeer(folder / "tls"), RestPeer()
        self.settings: dict[str, str] = {}

    async def __aenter__(self) -> "AmazonPeers":
        self._stack.enter_context(credentials(self._folder))
        await self._stack.enter_async_context(self.transcribe)
        await self._stack.enter_async_context(self.rest)
        self.settings = {
            "amazon_region": REGION,
            "amazon_endpoints": f"transcribe={self.transcribe.url},translate={self.rest.url},polly={self.rest.url}",
            "amazon_ca": self.transcribe.ca,
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


@asynccontextmanager
async def peers_of(engine: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """The settings with which an engine of that name can work here; all others need none."""
    if engine != "amazon":
        yield {}
        return
    async with AmazonPeers(folder) as peers:
        yield peers.settings
