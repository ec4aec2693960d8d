"""One channel from several, as mixing desks and sound cards give them: a voice is as loud as it was, wherever it is."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from dragoman.client.riff import Samples

_EMPTY_DB: Final = 20.0
"""A channel so far below the loudest has no voice of its own: mixed in it would only make the others softer."""
_CANCELLED: Final = 0.5
"""Share of the power that channels have together which do not belong together: with less they cancel each other out."""


def mono(
    pieces: Callable[[], Iterator[Samples]],
    channels: int,
    say: Callable[[str], None],
    look: Callable[[], Iterator[Samples]] | None = None,
) -> Iterator[Samples]:
    """The mean of the channels (columns) in which there is something; one of them if they cancel each other out.

    Two channels do that if one of them is wired the wrong way round. `pieces` begins a recording anew: what is in it is
    told first, and hours of many channels are never in memory. `look` begins the part of it by which that is told.
    """
    look = look or pieces
    power = np.zeros(channels)
    for piece in look() if channels > 1 else ():
        power += np.square(piece).sum(axis=0, dtype=np.float64)
    kept = np.flatnonzero(power >= power.max() * 10 ** (-_EMPTY_DB / 10))
    if len(kept) > 1:
        mixed = sum(float(np.square(piece[:, kept].mean(axis=1)).sum(dtype=np.float64)) for piece in look())
        if mixed < _CANCELLED * power[kept].sum() / len(kept) ** 2:
            kept = np.array([power.argmax()])
            say(
                "its channels cancel each other out, as if one were wired the wrong way round: "
                f"only {kept[0] + 1} is taken"
            )
    return (piece[:, kept].mean(axis=1) for piece in pieces())
