"""Whether work waits for Kafka or Redis: then it is not stuck, and to end the process would help nobody."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final


class Waiting:
    """Counts who waits because a server is away, or takes nothing. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting = 0
        self._over = clock()

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Around a pause before a server is asked again."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._over = self._clock()

    @property
    def over_s(self) -> float:
        """For how long nobody has waited; 0 while somebody does."""
        return 0.0 if self._waiting else self._clock() - self._over


FOR_SERVERS: Final = Waiting()
"""Of this process."""
