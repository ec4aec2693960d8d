"""What a listener in a terminal sees and keeps."""

import json
from pathlib import Path

import msgspec
import pytest

from dragoman.cli.terminal import CLEAR_LINE, PLAYERS, CaptionLines, Player, Shelf
from dragoman.client.connection import SpeechPart
from dragoman.runtime.errors import DragomanError
from schemas.socket import Caption, TranslatedAudio

COMMON = {"segment": 16_000, "language": "es", "start_ms": 1_500, "end_ms": 0, "spoken_at": 0}


def caption(text: str, *, final: bool = True, outcome: str = "ok", reason: str = "") -> Caption:
    fields = {**COMMON, "revision": 1, "stable_chars": 0, "outcome": outcome, "reason": reason}
    return Caption(text=text, final=final, **fields)  # type: ignore[arg-type]  # fields


def speech(audio: bytes, audio_format: str = "ogg-opus") -> SpeechPart:
    fields = {**COMMON, "part": 1, "last": True, "sample_rate": 48_000, "duration_ms": 1, "outcome": "ok", "reason": ""}
    return SpeechPart(TranslatedAudio(format=audio_format, **fields), audio)  # type: ignore[arg-type]  # fields


class Screen:
    def __init__(self) -> None:
        self.text = ""

    def echo(self, text: str, nl: bool = True, err: bool = False) -> None:
        self.text += text + ("\n" if nl else "")


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_final_is_a_line_with_its_media_time(screen: Screen):
    CaptionLines(screen.echo, tty=False).show(caption("hola"))
    assert screen.text == "    1.5  hola\n"


def test_what_comes_late_says_so_with_the_time_of_its_words(screen: Screen):
    CaptionLines(screen.echo, tty=False).show(msgspec.structs.replace(caption("hola"), revised=True))
    assert screen.text == "    1.5  (late) hola\n"


def test_on_a_terminal_what_is_not_final_is_written_over(screen: Screen):
    lines = CaptionLines(screen.echo, tty=True)
    lines.show(caption("ho", final=False))
    lines.show(caption("hola"))
    assert screen.text == f"{CLEAR_LINE}    1.5  ho …{CLEAR_LINE}    1.5  hola\n"


def test_elsewhere_only_finals_are_printed(screen: Screen):
    CaptionLines(screen.echo, tty=False).show(caption("ho", final=False))
    assert screen.text == ""


def test_a_hole_is_said_and_silence_is_not(screen: Screen):
    lines = CaptionLines(screen.echo, tty=False)
    lines.show(caption("", outcome="skipped", reason="jump"))
    lines.show(caption(""))
    assert screen.text == "    1.5  [skipped: jump]\n"


def test_finals_and_speech_are_kept_in_a_folder(tmp_path: Path):
    with Shelf(tmp_path / "new" / "folder") as shelf:
        shelf.keep_caption(caption("ho", final=False))
        shelf.keep_caption(caption("hola"))
        shelf.keep_speech(speech(b"sound"))
        shelf.keep_speech(speech(b"pcm", "pcm16"))
        shelf.keep_speech(speech(b""))
    folder = tmp_path / "new" / "folder"
    (line,) = (folder / "captions.jsonl").read_text().splitlines()
    assert json.loads(line)["text"] == "hola"
    assert {path.name: path.read_bytes() for path in folder.glob("0*")} == {
        "000000016000-1.ogg": b"sound",
        "000000016000-1.pcm": b"pcm",
    }


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DragomanError, match="cannot be written"):
        Shelf(tmp_path / "file")


def test_without_a_player_it_is_said_which_would_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DragomanError, match="ffplay"):
        Player(print)


def test_speech_is_played_in_order_to_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """With a player that appends what it gets to a file."""
    player = tmp_path / next(iter(PLAYERS))
    player.write_text(f"#!/bin/sh\ncat >> {tmp_path}/heard\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with Player(print) as playing:
        for audio in (b"one ", b"two ", b"three"):
            playing.play(speech(audio))
    assert (tmp_path / "heard").read_bytes() == b"one two three"


@pytest.mark.parametrize("trouble", ["echo no sound device >&2", "exit 1"])
def test_a_player_that_cannot_play_is_said_once(trouble: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    player = tmp_path / next(iter(PLAYERS))
    player.write_text(f"#!/bin/sh\ncat > /dev/null\n{trouble}\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    said: list[str] = []
    with Player(said.append) as playing:
        playing.play(speech(b"one"))
        playing.play(speech(b"two"))
    (line,) = said
    assert "ffplay has trouble: " in line


def test_a_warning_begins_a_line(screen: Screen):
    lines = CaptionLines(screen.echo, tty=True)
    lines.show(caption("ho", final=False))
    lines.warn("connection lost")
    assert screen.text == f"{CLEAR_LINE}    1.5  ho …{CLEAR_LINE}     --  connection lost\n"
