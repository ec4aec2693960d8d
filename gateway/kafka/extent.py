"""How far a session's audio goes, as this gateway knows it: the one place that says so."""


class Extent:
    """Positions count samples. What lies between the two is on its way to the log."""

    def __init__(self, durable: int = 0) -> None:
        self.durable = durable
        """All audio below it is in the log, and perhaps more."""
        self.received = durable
        """Position after the last sample that was taken."""

    def take(self, until: int) -> None:
        """Audio up to there was taken."""
        self.received = max(self.received, until)

    def deliver(self, until: int) -> None:
        """Audio up to there is in the log; this gateway, or another one, put it there."""
        self.durable = max(self.durable, until)
        self.received = max(self.received, self.durable)

    def drop(self) -> None:
        """What was on its way is so no more: it was not acknowledged."""
        self.received = self.durable
