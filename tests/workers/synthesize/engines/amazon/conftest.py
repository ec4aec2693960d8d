"""The engine, before a peer of ours."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.amazon.peers import credentials
from tests.workers.amazon.rest_peer import RestPeer
from tests.workers.amazon.signatures import REGION
from workers.amazon.account import Account
from workers.synthesize.engines.amazon import AmazonSynthesizer

Make = Callable[..., AmazonSynthesizer]


@pytest.fixture(autouse=True)
def chain(tmp_path: Path) -> Iterator[None]:
    with credentials(tmp_path):
        yield


@pytest.fixture
async def peer() -> AsyncIterator[RestPeer]:
    async with RestPeer() as peer:
        yield peer


@pytest.fixture
async def make(peer: RestPeer) -> AsyncIterator[Make]:
    """Synthesizers, not started, with whatever is said."""
    made: list[AmazonSynthesizer] = []

    def make(**options: object) -> AmazonSynthesizer:
        made.append(AmazonSynthesizer(Account(REGION, {"polly": peer.url}), **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for synthesizer in made:
        await synthesizer.close()
