"""How long translations wait for the voice alone: other things that hold them up are no fault of it."""


class WaitingForVoice:
    """Of one lane. Only times of the translations are compared with each other, and of this process with each other."""

    def __init__(self) -> None:
        self._ms = 0
        self._translated_at: int | None = None

    def of(self, translated_at: int) -> int:
        """Ms that the next translation waits for the voice to be done with those before, had nothing else held them."""
        if self._translated_at is not None:
            self._ms = max(0, self._ms - max(0, translated_at - self._translated_at))
        self._translated_at = translated_at
        return self._ms

    def spoke(self, ms: int) -> None:
        """The voice took so long for the translation, or a part of it."""
        self._ms += max(0, ms)
