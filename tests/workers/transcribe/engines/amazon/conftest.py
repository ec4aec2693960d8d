"""The engine, before a peer of ours."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.workers.amazon.peers import credentials
from tests.workers.amazon.signatures import REGION
from tests.workers.amazon.transcribe_peer import TranscribePeer
from workers.amazon.account import Account
from workers.transcribe.engines.amazon import AmazonRecogniser
from workers.transcribe.engines.amazon.recognition import StreamLimits

Make = Callable[..., AmazonRecogniser]


@pytest.fixture(autouse=True)
def chain(tmp_path: Path) -> Iterator[None]:
    with credentials(tmp_path):
        yield


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[TranscribePeer]:
    async with TranscribePeer(tmp_path / "tls") as peer:
        yield peer


@pytest.fixture
def account(peer: TranscribePeer) -> Account:
    return Account(REGION, {"transcribe": peer.url}, peer.ca)


@pytest.fixture
async def make(account: Account) -> AsyncIterator[Make]:
    """Recognisers, started, with whatever is said."""
    made: list[AmazonRecogniser] = []

    def make(*, limits: StreamLimits = StreamLimits(), **options: object) -> AmazonRecogniser:  # noqa: B008
        made.append(AmazonRecogniser(account, options=("en-US", "es-US"), limits=limits, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for recogniser in made:
        await recogniser.close()
