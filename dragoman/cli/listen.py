"""`dragoman listen`: a listener in the terminal."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from dragoman.cli.options import key_option, setting, url_option
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings


@click.command()
@click.argument("code")
@click.option("--language", required=True, help="What to read and hear, as a BCP-47 tag; the spoken one is the floor.")
@click.option("--captions-only", is_flag=True, help="No speech, so that none need be made for this listener.")
@click.option("--fast", is_flag=True, help="Show also what is not final yet; it may change.")
@click.option("--voice", default="", help="`female` or `male`, where the language has both; else like the speaker's.")
@click.option("--history", default=20, show_default=True, help="Captions from before now.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Folder for speech and captions.jsonl.")
@click.option("--play", is_flag=True, help="Play the speech with the first of ffplay, mpv, paplay, play that is there.")
@url_option
@key_option
@click.option("--pin", default="", help="PIN of a session that has one.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its gateway.")
def command(
    code: str,
    language: str,
    captions_only: bool,
    fast: bool,
    voice: str,
    history: int,
    save: Path | None,
    play: bool,
    url: str | None,
    key: str,
    data: str | None,
    pin: str,
) -> None:
    """Follow the session CODE in a language until it ends.

    Captions are printed as they come, each with its media time in seconds; with --fast the line that is not final yet
    is overwritten (on a terminal). --save DIR keeps every part of the speech as SEGMENT-PART.ogg (it plays alone) and
    all captions in captions.jsonl. What was missing and is filled later comes with the media time of its words and says
    (late). A lost connection comes back by itself; what could not be recovered is said.

    Exit status: 0 the session ended; 2 something is wrong, in one line.
    """
    from dragoman.ops.where import gateway_url
    from schemas.socket import JoinSession

    if captions_only and play:
        raise DragomanError("--captions-only leaves nothing to --play")
    joining = JoinSession(
        session_id=code,
        target_language=language,
        audio=not captions_only,
        mode="fast" if fast else "steady",
        history=history,
        voice=voice,
        pin=pin,
    )
    asyncio.run(_listen(gateway_url(url, read_settings(data=data).data), joining, save, play, key))


async def _listen(url: str, joining: Any, save: Path | None, play: bool, key: str) -> None:
    from dragoman.cli.terminal import CaptionLines, Player, Shelf, connection_changed
    from dragoman.client.connection import SpeechPart
    from dragoman.client.credential import credential_of
    from dragoman.client.listener import Listener, Missed
    from schemas.socket import Caption, SessionEnded, SourceLanguageChanged, SpeakerState

    with ExitStack() as stack:
        lines = CaptionLines(click.echo, tty=click.get_text_stream("stdout").isatty())
        shelf = stack.enter_context(Shelf(save)) if save else None
        player = stack.enter_context(Player(lines.warn)) if play else None

        how: dict[str, Any] = {
            "credential": credential_of(key),
            "on_change": lambda found: lines.warn(connection_changed(found)),
        }
        async with Listener(url, joining, **how) as listener:
            lines.note(_welcome(listener.joined))
            async for message in listener.messages():
                match message:
                    case Caption():
                        lines.show(message)
                        if shelf:
                            shelf.keep_caption(message)
                    case SpeechPart():
                        if shelf:
                            shelf.keep_speech(message)
                        if player and message.audio:
                            player.play(message)
                    case Missed():
                        lines.note(f"some {message.product} in {message.language} could not be recovered")
                    case SourceLanguageChanged():
                        lines.note(_spoken(message.source_language))
                    case SpeakerState():
                        lines.note(f"the speaker is {message.state}")
                    case SessionEnded():
                        lines.note("the session has ended")


def _welcome(joined: Any) -> str:
    captions, speech = joined.captions, joined.speech
    reads = f"reading {captions.language}" if captions else "no captions"
    voice = f" ({speech.voice} voice)" if speech and speech.voice else ""
    hears = f"hearing {speech.language}{voice}" if speech else "no speech"
    title = f" “{joined.title}”" if joined.title else ""
    return f"{joined.session_id}{title}: {_spoken(joined.source_language)}, {reads}, {hears}, {joined.state}"


def _spoken(language: str) -> str:
    return "what is spoken is still to be found out" if language == "auto" else f"{language} is spoken"
