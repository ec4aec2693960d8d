"""When a speaker is told that another language is heard than the chosen one. No I/O.

The recogniser looks now and then which language a final sounds like. One look in ten may be wrong, so that a vote
counts: for each second in another language there may be one that was not in it.
"""

from typing import Final

from langcodes import tag_distance

from schemas.socket import Caption, Warning

HEARD_MS: Final = 20_000
"""So much more must be said in another language than not in it."""
MOST_MS: Final = 30_000
"""More does not count, so that it is soon over for who goes back to the chosen language."""
LOOKS: Final = 3
"""In so many looks at least."""
LOOK_MS: Final = 10_000
"""A look tells nothing of what was said so long before it."""
AGAIN_MS: Final = 30_000
"""After so long the speaker is told again, as of other warnings."""
_THE_SAME: Final = 5
"""Tags that are not further apart name one language: `no` and `nb`."""


class OtherLanguage:
    """Follows the final captions of the floor."""

    def __init__(self) -> None:
        self._floor, self._since_ms = "", 0
        self._forget()

    def _forget(self) -> None:
        self._heard, self._ms, self._looks = "", 0, 0
        """What leads the vote, by how much, and in how many looks it was heard."""
        self._unlooked_ms, self._told_ms = 0, -AGAIN_MS

    def notice(self, caption: Caption, floor: str, since_ms: int) -> Warning | None:
        """What to tell the speaker who speaks `floor` since a media time."""
        if (floor, since_ms) != (self._floor, self._since_ms):
            self._floor, self._since_ms = floor, since_ms
            self._forget()
        if caption.start_ms < since_ms or caption.outcome != "ok":
            return None
        self._unlooked_ms += caption.end_ms - caption.start_ms
        if not isinstance(caption.heard_language, str):
            return None
        heard = "" if same(caption.heard_language, floor) else caption.heard_language
        self._vote(heard)
        due = self._ms >= HEARD_MS and self._looks >= LOOKS and caption.end_ms - self._told_ms >= AGAIN_MS
        if not due or not heard or heard != self._heard:
            return None
        self._told_ms = caption.end_ms
        message = f"Another language is heard than the chosen one ({self._heard}, not {floor}): choose what you speak."
        return Warning(
            code="other-language", message=message, figures={"heardMs": float(self._ms)}, language=self._heard
        )

    def _vote(self, heard: str) -> None:
        """Empty: the chosen language."""
        said, self._unlooked_ms = min(self._unlooked_ms, LOOK_MS), 0
        if heard == self._heard:
            self._ms, self._looks = min(self._ms + said, MOST_MS), self._looks + 1
        elif said < self._ms:
            self._ms -= said
        else:
            self._heard, self._ms, self._looks = heard, said if heard else 0, 1


def same(heard: str, chosen: str) -> bool:
    """A recogniser's tag names the chosen language, whatever its region."""
    return tag_distance(heard, chosen.split("-")[0]) <= _THE_SAME
