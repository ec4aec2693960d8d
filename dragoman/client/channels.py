"""One channel from several, as mixing desks and sound cards give them: a voice is as loud as it was, wherever it is."""

from collections.abc import Callable
from typing import Final

import numpy as np

from dragoman.client.riff import Floats

_EMPTY_DB: Final = 20.0
"""A channel so far below the loudest has no voice of its own: mixed in it would only make the others softer."""
_CANCELLED: Final = 0.5
"""Share of the power that channels have together which do not belong together: with less they cancel each other out."""


def mono(samples: Floats, say: Callable[[str], None]) -> Floats:
    """The mean of the channels (columns) in which there is something; one of them if they cancel each other out.

    Two channels do that if one of them is wired the wrong way round.
    """
    power = np.square(samples).mean(axis=0) if len(samples) else np.zeros(samples.shape[1])
    kept = np.flatnonzero(power >= power.max() * 10 ** (-_EMPTY_DB / 10))
    mixed: Floats = samples[:, kept].mean(axis=1)
    if len(samples) and np.square(mixed).mean() < _CANCELLED * power[kept].sum() / len(kept) ** 2:
        loudest = int(power.argmax())
        say(
            f"its channels cancel each other out, as if one were wired the wrong way round: only {loudest + 1} is taken"
        )
        return samples[:, loudest]
    return mixed
