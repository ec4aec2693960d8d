"""Variables `DRAGOMAN_…` that nothing reads: whoever set one meant another, and would wait for its effect in vain."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

PREFIX = "DRAGOMAN_"
NO_SETTINGS = frozenset({"DRAGOMAN_URL", "DRAGOMAN_TOKEN"})
"""What commands of clients read beside the settings."""
TESTS = "DRAGOMAN_TEST_"
"""Begins what only our tests read."""
_SERVICE_HOST = "_SERVICE_HOST"


def misspelt_here(settings: Iterable[str]) -> dict[str, str]:
    """Those of this process."""
    return misspelt(os.environ, settings)


def misspelt(variables: Iterable[str], settings: Iterable[str]) -> dict[str, str]:
    """Each to the nearest name that is read, or to nothing; `settings` are the names of the settings' fields."""
    given = sorted(name for name in variables if name.upper().startswith(PREFIX))
    known = NO_SETTINGS | {PREFIX + name.upper() for name in settings}
    links = tuple(name.removesuffix(_SERVICE_HOST) for name in given if name.endswith(_SERVICE_HOST))
    return {
        name: _nearest(name.upper(), known)
        for name in given
        if name.upper() not in known and not name.startswith(TESTS) and not _is_link(name, links)
    }


def _nearest(name: str, known: frozenset[str]) -> str:
    """By what is behind the prefix, which all share."""
    close = get_close_matches(
        name.removeprefix(PREFIX), sorted(each.removeprefix(PREFIX) for each in known), n=1, cutoff=0.7
    )
    return PREFIX + close[0] if close else ""


def told(variable: str, nearest: str) -> str:
    """The line for a person."""
    return f"{variable} is no setting" + (f": did you mean {nearest}?" if nearest else "")


def _is_link(name: str, links: tuple[str, ...]) -> bool:
    """Kubernetes puts such into pods, of services whose names begin as ours do."""
    return any(name == f"{link}_PORT" or name.startswith((f"{link}_SERVICE_", f"{link}_PORT_")) for link in links)
