"""What `dragoman up` tells of the models that it fetches on demand, and how it learns which are asked for."""

from typing import Literal

import msgspec

TOLD_MS = 15_000
"""How long it counts that somebody fetches, or asks for a model, if it is not said again; both are, every second."""


def fetching_key() -> str:
    """Redis string: Fetching (JSON), written every second by the process that fetches models, and gone soon after it;
    in a cluster there is none."""
    return "dragoman:models"


def asked_key() -> str:
    """Sorted set: name of a model to when a gateway last asked for it (Redis time, ms), as somebody listens to a
    language that lacks it."""
    return "dragoman:models:asked"


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """A model that was not there when the fetching process began."""

    size: int
    """Bytes on disk, about."""
    state: Literal["absent", "waiting", "fetching", "fetched", "failed"] = "absent"
    """`waiting`: it is asked for, and another one is fetched; `fetched`: it is there now; `failed`: it is asked for,
    and will be tried again."""


class Fetching(msgspec.Struct, frozen=True, kw_only=True):
    """The models that can be fetched from here."""

    models: dict[str, Absent]
    """By name."""
