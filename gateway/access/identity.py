"""Who somebody is to the gateway."""

from typing import NamedTuple

from dragoman.runtime.wall_clock import WALL_CLOCK


class Identity(NamedTuple):
    """What a credential said."""

    subject: str
    """The issuer's name of the person; empty where nobody has a name (modes `open` and `secret`)."""
    speaker: bool
    """May create sessions, and go on with the own ones."""
    until: float | None = None
    """Unix s at which the credential expires; None: never."""

    def expired(self, now_s: float | None = None) -> bool:
        """The credential is no longer good; `now_s` is Unix s, the platform's time if it is not given."""
        return self.until is not None and self.until <= (WALL_CLOCK.seconds() if now_s is None else now_s)


ANYONE = Identity("", speaker=True)
"""Everybody in mode `open`, and whoever knows the key in mode `secret`."""
