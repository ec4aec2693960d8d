"""How people speak: so many utterances an hour, so long, and so even."""

from dataclasses import dataclass
from typing import Final

from dragoman.runtime.errors import DragomanError


@dataclass(frozen=True)
class Profile:
    """One kind of speaker."""

    name: str
    an_hour: float
    """Utterances that begin in an hour, on the mean."""
    shortest_s: float
    """Of an utterance."""
    longest_s: float
    """Of an utterance."""
    even: bool
    """They follow one another after about the same pause, as in a talk; else by chance, as in a conversation."""

    @property
    def pause_s(self) -> float:
        """Between two utterances, on the mean."""
        return 3600 / self.an_hour - (self.shortest_s + self.longest_s) / 2


PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile("light", 30, 1.5, 4, even=False),
        Profile("normal", 120, 1.5, 6, even=False),
        Profile("power", 360, 2, 8, even=False),
        Profile("meeting", 600, 1.5, 5, even=False),
        Profile("lecture", 400, 6, 10, even=True),
    )
}


def profiles(names: str) -> list[Profile]:
    """Those of a list with commas between. Raises DragomanError."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in PROFILES:
            raise DragomanError(f"there is no profile {name!r}: there are {', '.join(PROFILES)}")
    if not wanted:
        raise DragomanError(f"no profile is named: there are {', '.join(PROFILES)}")
    return [PROFILES[name] for name in wanted]
