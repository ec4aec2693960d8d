"""Which language a lane hears in: the one that its speaker chose, or the one that was found out. No I/O.

Each frame says what the speaker chose and where. Of `auto` the language is found out once: it holds until the speaker
chooses again, also in the worker that goes on with the session, which learns it from the last final.
"""

from schemas.languages import AUTO, UNKNOWN
from schemas.messages import Audio, Transcript
from workers.transcribe.engine import Hypothesis


class SpokenLanguage:
    """Of one lane."""

    def __init__(self, last: Transcript | None = None) -> None:
        """`last` is the session's last final."""
        self._last = last
        self._since = -1
        """Where what the frames say was chosen."""
        self._found = ""
        """What was found out of that; empty: nothing, or there was nothing to find out."""
        self._guess = UNKNOWN
        """What the last words sounded like."""
        self.language = AUTO
        """What to hear in; `auto`: it is to be found out."""

    @property
    def tag(self) -> str:
        """For what bears a language; `und` while nothing is known."""
        return self._guess if self.language == AUTO else self.language

    @property
    def detected(self) -> bool:
        """The language was found out for good."""
        return bool(self._found)

    def changes(self, audio: Audio) -> bool:
        """From this audio on another language is to be heard than before it."""
        return self._of(audio)[0] != self.language or (audio.language == AUTO and audio.since > self._since >= 0)

    def take(self, audio: Audio) -> None:
        """What is heard from now on is said in what this audio says."""
        self.language, self._found = self._of(audio)
        self._since = audio.since

    def hear(self, heard: Hypothesis) -> None:
        """Takes over what an engine found out."""
        if self.language == AUTO and heard.language:
            self._guess = heard.language
            if heard.final and heard.certain:
                self.language = self._found = heard.language

    def _of(self, audio: Audio) -> tuple[str, str]:
        """Language to hear audio in, and whether (and as what) it was found out."""
        found = self._found if audio.since == self._since else self._found_before(audio)
        if found and audio.language in (AUTO, found):
            return found, found
        return audio.language, ""

    def _found_before(self, audio: Audio) -> str:
        """What whoever heard the session before found out of what the audio says."""
        last = self._last
        return last.language if last and last.detected and last.until > audio.since else ""
