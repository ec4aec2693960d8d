"""What the captions of the floor tell the speaker: speech that was skipped, or that no recogniser heard. No I/O."""

from schemas.socket import RETRYABLE, Caption, Error, Warning


class Late:
    """Follows the final captions of the floor."""

    def __init__(self) -> None:
        self._unheard = False

    def notice(self, caption: Caption) -> Warning | Error | None:
        """What to tell the speaker of it; of a stretch without a recogniser only once."""
        unheard = caption.outcome == "skipped" and caption.reason == "at-capacity"
        began, self._unheard = unheard and not self._unheard, unheard
        if began:
            message = "No recogniser is free: what is said now is not heard. Go on later, or ask for more recognisers."
            return Error(code="at-capacity", message=message, retryable=RETRYABLE["at-capacity"])
        if caption.outcome == "skipped" and caption.reason == "jump":
            skipped_ms = float(caption.end_ms - caption.start_ms)
            message = f"Recognition was too far behind: {skipped_ms / 1000:.0f} s of speech were skipped."
            figures = {"skippedMs": skipped_ms, "startMs": float(caption.start_ms), "endMs": float(caption.end_ms)}
            return Warning(code="falling-behind", message=message, figures=figures)
        return None
