"""An engine that is down does not cost every segment its timeout: after some failures it is left alone for a while."""

import time
from collections.abc import Callable
from typing import Literal

import structlog

from workers import metrics

log = structlog.get_logger()

FAILURES = 5
"""So many in a row open a breaker."""
REST_S = 5.0
"""An open breaker lets one call through after so long. Short: what is asked meanwhile fails at once."""

State = Literal["closed", "probing", "open"]


class Breaker:
    """One operation of one engine. Closed: all calls pass. Open: none, until the rest is over; then exactly one."""

    def __init__(
        self,
        clock: Callable[[], float],
        on_change: Callable[[State], object] = lambda state: None,
        rest_s: float = REST_S,
    ) -> None:
        """`clock` counts seconds; `on_change` is told each new state."""
        self._clock, self._on_change, self._rest_s = clock, on_change, rest_s
        self._failures = 0
        self._opened_at = 0.0
        self.state: State = "closed"

    def admits(self) -> bool:
        """May a call be made now? If so, one of `succeeded`, `failed` and `given_up` must follow."""
        if self.ready and self.state == "open":
            self._become("probing")
            return True
        return self.state == "closed"

    @property
    def ready(self) -> bool:
        """It would admit a call."""
        return self.state == "closed" or (self.state == "open" and self._clock() - self._opened_at >= self._rest_s)

    def succeeded(self) -> None:
        """The engine answered, or refused what was wrong with the question."""
        self._failures = 0
        self._become("closed")

    def failed(self) -> None:
        """The engine did not answer."""
        self._failures += 1
        if self.state == "probing" or self._failures >= FAILURES:
            self._opened_at = self._clock()
            self._become("open")

    def given_up(self) -> None:
        """What came of it (the caller was cancelled) says nothing of the engine. Another call may be the one."""
        if self.state == "probing":
            self._become("open")

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._on_change(state)


class Breakers:
    """Those of a process, by engine and operation: a language that fails closes no other one's way."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, rest_s: float = REST_S) -> None:
        self._clock, self._rest_s = clock, rest_s
        self._breakers: dict[tuple[str, str], Breaker] = {}

    def resting(self) -> dict[str, list[str]]:
        """Engines that are left alone, or just tried, with the operations."""
        found: dict[str, list[str]] = {}
        for (engine, operation), breaker in sorted(self._breakers.items()):
            if breaker.state != "closed":
                found.setdefault(engine, []).append(operation)
        return found

    def of(self, engine: str, operation: str) -> Breaker:
        """Always the same one for the same names."""
        if (engine, operation) not in self._breakers:
            self._breakers[engine, operation] = Breaker(
                self._clock, lambda state: _tell(engine, operation, state), self._rest_s
            )
        return self._breakers[engine, operation]


def _tell(engine: str, operation: str, state: State) -> None:
    metrics.BREAKER.labels(engine, operation).set({"closed": 0, "probing": 1, "open": 2}[state])
    log.warning("engine.breaker", engine=engine, operation=operation, state=state)
