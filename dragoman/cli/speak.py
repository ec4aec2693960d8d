"""`dragoman speak`: a recording as a speaker."""

import asyncio
import contextlib
import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import key_option, setting, url_option
from dragoman.cli.progress import Progress
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.client.speaker import Speaker

FRAME_BYTES = 3200


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--language", default="en", show_default=True, help="What is spoken, as a BCP-47 tag; auto: it is found out."
)
@click.option("--title", default="", help="Shown to listeners.")
@click.option("--session", metavar="CODE", default="", help="Go on in this session; needs --token.")
@click.option("--token", default="", help="The session's speaker token, as `speak --keep` printed it.")
@url_option
@key_option
@setting("data", help="Data folder of a running `dragoman up`, which knows its gateway.")
@click.option("--fast", is_flag=True, help="As fast as the gateway lets it (two minutes at once), not in real time.")
@click.option("--captions", is_flag=True, help="Print what is recognised.")
@click.option("--pin", default="", help="Only listeners who know this PIN are let in.")
@click.option("--keep", is_flag=True, help="Leave the session open at the end, for another `speak --session`.")
def command(file: str, data: str | None, url: str | None, **options: Any) -> None:
    """Speak FILE into a session and end it.

    FILE is any audio or video file, however long: it is read while it is spoken. `-` reads raw 16 bit little-endian
    samples, 16 kHz, mono, from standard input, for example from `arecord -t raw -f S16_LE -r 16000`.

    First the session's code and the listeners' link are printed; a terminal shows how much is left. Audio goes out in
    real time, 100 ms at once; when the connection is lost it comes back by itself and sends again what was not safe.

    \b
    dragoman speak talk.mp4 --title "Opening talk"
    dragoman speak part1.wav --keep; dragoman speak part2.wav --session CODE --token TOKEN

    Exit status: 0 all was spoken and is safe; 2 something is wrong, in one line.
    """
    from dragoman.ops.where import gateway_url

    if bool(options["session"]) != bool(options["token"]):
        raise DragomanError("--session and --token belong together: `speak --keep` prints both")
    asyncio.run(_speak(file, gateway_url(url, read_settings(data=data).data), **options))


async def _speak(
    file: str,
    url: str,
    *,
    language: str,
    title: str,
    session: str,
    token: str,
    key: str,
    fast: bool,
    captions: bool,
    keep: bool,
    pin: str,
) -> None:
    from dragoman.client.credential import credential_of
    from dragoman.client.pace import Pace, speak
    from dragoman.client.recorded import Recorded
    from dragoman.client.speaker import Speaker

    recorded = None if file == "-" else Recorded(Path(file), lambda line: click.echo(f"warning: {line}", err=True))
    progress = Progress(recorded.duration_s if recorded else None, shown=sys.stderr.isatty() and not captions)
    how: dict[str, Any] = {"captions": captions, "on_change": _tell, "credential": credential_of(key)}
    if session:
        speaker = Speaker.resume(url, session, token, **how)
    else:
        speaker = Speaker.create(url, language, title=title, pin=pin, **how)
    async with speaker, _told_of_the_end(speaker):
        _introduce(speaker, keep)
        hearing = asyncio.create_task(_print_events(speaker))
        try:
            pcm = recorded.frames() if recorded else _stdin()
            await speak(speaker, pcm, Pace(fast=fast), on_sent=lambda position, _: progress.show(position))
            await speaker.delivered()
            progress.clear()
            if keep:
                hearing.cancel()
            else:
                await speaker.end()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
        finally:
            hearing.cancel()
    _conclude(speaker, keep)


@contextlib.asynccontextmanager
async def _told_of_the_end(speaker: "Speaker") -> AsyncIterator[None]:
    """Raises what has become of the speech, when the session ended without its speaker."""
    from dragoman.client.errors import RequestRefused, StateError

    try:
        yield
    except (RequestRefused, StateError) as error:
        if isinstance(error, RequestRefused) and error.code != "session-ended":
            raise
        safe_s, lost_s = speaker.acknowledged / 16_000, (speaker.position - speaker.acknowledged) / 16_000
        raise DragomanError(
            f"session {speaker.code} has ended: somebody ended it, or its speaker was away for too long. "
            f"The text of the first {safe_s:.1f} s is kept, {lost_s:.1f} s after them are lost"
        ) from error


def _introduce(speaker: "Speaker", keep: bool) -> None:
    click.echo(f"session {speaker.code}")
    if speaker.join_url:
        click.echo(f"listen  {speaker.join_url}")
        if sys.stdout.isatty():
            click.echo(_qr(speaker.join_url))
    if keep:
        click.echo(f"token   {speaker.token}")


def _qr(link: str) -> str:
    """Half a character a module: it is read off the screen."""
    import segno

    text = io.StringIO()
    segno.make(link, error="m", micro=False).terminal(text, compact=True)
    return text.getvalue()


def _conclude(speaker: "Speaker", keep: bool) -> None:
    lost_s, spoken_s = speaker.lost / 16_000, speaker.position / 16_000
    gap = f", {lost_s:.1f} s were lost while the gateway was away" if speaker.lost else ""
    again = f", connected again {_times(speaker.reconnects)}" if speaker.reconnects else ""
    click.echo(f"{'kept' if keep else 'ended'} at {spoken_s:.1f} s{again}{gap}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _tell(found: bool) -> None:
    from dragoman.cli.terminal import connection_changed

    click.echo(connection_changed(found), err=True)


async def _print_events(speaker: "Speaker") -> None:
    from dragoman.cli.terminal import caption_line
    from schemas.socket import Caption, SourceLanguageChanged, Warning

    async for event in speaker.events():
        if isinstance(event, Caption) and event.final and event.text:
            click.echo(caption_line(event, event.text))
        elif isinstance(event, Warning):
            click.echo(f"warning: {event.message}", err=True)
        elif isinstance(event, SourceLanguageChanged) and event.detected:
            click.echo(f"{event.source_language} is spoken", err=True)


async def _stdin() -> AsyncIterator[bytes]:
    """Frames of raw samples; reading waits in a thread."""
    source = sys.stdin.buffer
    while frame := await asyncio.to_thread(source.read, FRAME_BYTES):
        yield frame[: len(frame) // 2 * 2]
