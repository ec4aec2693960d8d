"""What a listener in a terminal does with captions and speech: print, keep, play."""

import contextlib
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from dragoman.client.connection import SpeechPart
from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.errors import DragomanError
from schemas.socket import Caption

CLEAR_LINE: Final = "\r\x1b[2K"
PLAYERS: Final[dict[str, list[str]]] = {
    "ffplay": ["-nodisp", "-autoexit", "-loglevel", "error", "-i", "-"],
    "mpv": ["--no-terminal", "-"],
    "play": ["-q", "-t", "ogg", "-"],
    "paplay": ["/dev/stdin"],
}
"""Programs that play Ogg Opus from standard input."""


def connection_changed(found: bool) -> str:
    """What is said when the socket is lost, and when it is found again."""
    return "connected again" if found else "connection lost, trying again…"


def caption_line(caption: Caption, text: str) -> str:
    """What a final says, or why it says nothing, with its media time in seconds; what comes long after that says so."""
    return f"{caption.start_ms / 1000:7.1f}  {'(late) ' if caption.revised is True else ''}{text}"


class CaptionLines:
    """Captions as lines. On a terminal the one that is not final is written over; else only finals are printed."""

    def __init__(self, echo: Callable[..., None], *, tty: bool) -> None:
        self._echo, self._tty = echo, tty
        self._open = False

    def show(self, caption: Caption) -> None:
        """A caption that is newer than what was shown."""
        if caption.final:
            why = f": {caption.reason}" if caption.reason else ""
            text = caption.text if caption.outcome == "ok" else f"[{caption.outcome}{why}]"
            if text:  # a final without words accounts for silence
                self._line(caption_line(caption, text))
        elif self._tty:
            self._echo(f"{CLEAR_LINE}{caption.start_ms / 1000:7.1f}  {caption.text} …", nl=False)
            self._open = True

    def note(self, text: str) -> None:
        """Something besides captions."""
        self._line(f"     --  {text}")

    def warn(self, text: str) -> None:
        """Something that is wrong, on standard error; what is not final is taken away for it."""
        if self._open:
            self._echo(CLEAR_LINE, nl=False)
            self._open = False
        self._echo(f"     --  {text}", err=True)

    def _line(self, line: str) -> None:
        self._echo((CLEAR_LINE if self._open else "") + line)
        self._open = False


class Shelf:
    """A folder with every part of the speech and `captions.jsonl`. Raises DragomanError when it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._captions = (folder / "captions.jsonl").open("ab")
        except OSError as error:
            raise DragomanError(f"{folder} cannot be written: {error.strerror}") from error

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self._captions.close()

    def keep_caption(self, caption: Caption) -> None:
        """One line; finals only."""
        if caption.final:
            self._captions.write(msgspec.json.encode(caption) + b"\n")
            self._captions.flush()

    def keep_speech(self, part: SpeechPart) -> None:
        """One file, named by segment (12 digits, so that names sort) and part."""
        if part.audio:
            suffix = "ogg" if part.header.format == "ogg-opus" else "pcm"
            (self._folder / f"{part.header.segment:012}-{part.header.part}.{suffix}").write_bytes(part.audio)


class Player:
    """Plays one part after the other with a program of the machine; `say` learns once that it cannot.

    Raises DragomanError when there is no such program.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        program = next((name for name in PLAYERS if shutil.which(name)), None)
        if program is None:
            raise DragomanError(f"no player is installed: install one of {', '.join(PLAYERS)}, or leave --play out")
        self._program, self._say, self._said = program, say, False
        self._argv = dying_with_parent([program, *PLAYERS[program]])
        self._parts: queue.Queue[bytes | None] = queue.Queue()
        self._playing: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    def __enter__(self) -> "Player":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Lets what is waiting be heard, unless something went wrong."""
        if kind is not None and self._playing is not None:
            self._playing.kill()
        self._parts.put(None)
        if kind is None:
            self._thread.join()

    def play(self, part: SpeechPart) -> None:
        """Puts a part behind the others."""
        self._parts.put(part.audio)

    def _run(self) -> None:
        while (audio := self._parts.get()) is not None:
            self._playing = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            with contextlib.suppress(BrokenPipeError):
                _, complaint = self._playing.communicate(audio)
                self._look_at(self._playing.returncode, complaint)

    def _look_at(self, status: int, complaint: bytes) -> None:
        """A player without a sound device may well end with status 0: what it writes counts, too."""
        if self._said or not (status or complaint.strip()):
            return
        self._said = True
        reason = (complaint.decode(errors="replace").strip().splitlines() or [f"it ended with status {status}"])[0]
        self._say(f"the speech can perhaps not be heard, {self._program} has trouble: {reason}")
