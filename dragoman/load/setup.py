"""What a load is run with, and a look at the server before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dragoman.client.credential import Credential
from dragoman.client.errors import GatewayUnreachable, RequestRefused, SocketClosed
from dragoman.client.listener import Listener
from dragoman.client.speaker import Speaker
from dragoman.load.plan import LoadShape
from dragoman.load.profiles import Profile
from dragoman.load.recordings import Utterable
from dragoman.load.scenarios import Scenario
from dragoman.load.strain import StrainMeter
from dragoman.load.tally import Tally
from dragoman.runtime.errors import DragomanError

TITLE: Final = "Load"


@dataclass(frozen=True)
class LoadSetup:
    """All that was asked for."""

    url: str
    """Of the gateway, or several with commas between."""
    floor: str
    """BCP-47 tag of what is spoken."""
    shape: LoadShape
    kinds: Sequence[Profile]
    shares: Mapping[Scenario, float]
    """Together 1."""
    timeouts_s: Mapping[Scenario, float]
    recordings: Sequence[Utterable]
    heard: frozenset[str]
    """Languages that have speech."""
    credential: Credential = ""
    seed: int = 1
    """The same seed gives the same plan."""


@dataclass(frozen=True)
class LoadRun:
    """A load that is under way."""

    setup: LoadSetup
    clock: Callable[[], float]
    """Seconds, monotonic."""
    began: float
    """On it."""
    tally: Tally = field(default_factory=Tally)
    strain: StrainMeter = field(default_factory=StrainMeter)
    sessions: list[str] = field(default_factory=list)
    """Codes of those that began."""

    def at(self, since_s: float) -> float:
        """The moment on the clock."""
        return self.began + since_s

    @property
    def measuring(self) -> bool:
        """The warm-up is over."""
        return self.clock() >= self.at(self.setup.shape.measured_from_s)


async def languages_with_speech(url: str, floor: str, languages: Sequence[str], credential: Credential) -> set[str]:
    """Which of the languages can be heard, as a short session of its own tells; the path to the server is warm then.

    Raises DragomanError with what to do: no server, a key that is wanted, a language that it does not have.
    """
    try:
        speaker = Speaker.create(url, floor, title=TITLE, credential=credential)
        async with speaker:
            heard = {each for each in languages if await _is_heard(url, speaker.code, each, credential)}
            await speaker.end()
            return heard
    except GatewayUnreachable as missing:
        raise DragomanError(str(missing).replace("--url", "--server")) from missing
    except RequestRefused as refused:
        if refused.code == "language-unavailable":
            raise DragomanError(f"--language {floor}: {refused}") from refused
        if refused.code in ("unauthorized", "forbidden"):
            raise DragomanError(f"{refused} (give it with --key)") from refused
        raise
    except SocketClosed as closed:
        raise DragomanError(f"the gateway at {url} closed the first session: {closed}") from closed


async def _is_heard(url: str, code: str, language: str, credential: Credential) -> bool:
    try:
        async with Listener.join(url, code, language, history=0) as listener:
            return listener.joined is not None and listener.joined.speech is not None
    except RequestRefused as refused:
        if refused.code == "language-unavailable":
            raise DragomanError(f"--languages {language}: {refused}") from refused
        raise


def kind(error: Exception) -> str:
    """An error as a word that can be counted."""
    if isinstance(error, RequestRefused):
        return f"refused: {error.code}"
    if isinstance(error, SocketClosed):
        return f"closed: {error.code}"
    return "no gateway" if isinstance(error, GatewayUnreachable) else type(error).__name__


def raise_defects(ends: Iterable[object]) -> None:
    """Of tasks that are over: what can go wrong with a server is counted where it happens, all else is a defect."""
    for end in ends:
        if isinstance(end, Exception):
            raise end
