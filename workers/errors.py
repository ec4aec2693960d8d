"""What an engine can answer in place of a result. The docstring is the message, `retryable` is a fact."""


class EngineError(Exception):
    """The engine failed."""

    retryable = False

    def __str__(self) -> str:
        detail = super().__str__()
        summary = (type(self).__doc__ or "").split("\n")[0]
        return f"{summary} {detail}".strip()


class EngineTimeout(EngineError):
    """The engine did not answer in time."""

    retryable = True


class EngineCrashed(EngineError):
    """The engine's process ended or its connection broke."""

    retryable = True


class EngineEnded(EngineCrashed):
    """The engine's process ended by itself while it worked on this alone."""


class EngineKilled(EngineCrashed):
    """The engine's process was ended from outside, or while it worked on other input, too."""


class EngineGarbled(EngineError):
    """The engine answered what cannot be."""

    retryable = True


class EngineRefused(EngineError):
    """The engine refuses this input for good."""


class EngineThrottled(EngineError):
    """The engine is asked too often:"""

    def __init__(self, *details: object, retry_after_s: float = 0.0) -> None:
        """`retry_after_s`: when it wants to be asked again; 0: it did not say."""
        super().__init__(*details)
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """The engine cannot work on this machine:"""


class EngineAway(EngineUnavailable):
    """The engine cannot be reached now:"""


class AtCapacity(EngineError):
    """No recogniser is free for another session."""
