"""`dragoman measure`: one command for the figures of recognition, captions, speech and latency."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import key_option, setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from dragoman.measure.figures import Figures, Spread
    from dragoman.measure.measure import RunFigures


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--language", default="en", show_default=True, help="What is spoken in the clips.")
@click.option("--languages", default="es,ca", show_default=True, help="Target languages, one listener each.")
@click.option("--dense", is_flag=True, help="A monologue: pauses in and between the clips are cut out.")
@click.option("--times", default=1, show_default=True, help="So often all clips are spoken, one after the other.")
@click.option("--fast-forward", is_flag=True, help="As fast as the gateway lets it: no latencies, the rest sooner.")
@click.option("--url", envvar="DRAGOMAN_URL", show_envvar=True, help="The gateway.  [default: ws://127.0.0.1:8080]")
@key_option
@setting("kafka", help="Kafka brokers: with them the end of first words is taken from `transcripts`, else estimated.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its gateway and Kafka.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    folder: Path,
    language: str,
    languages: str,
    dense: bool,
    times: int,
    fast_forward: bool,
    url: str | None,
    key: str,
    **options: Any,
) -> None:
    """Speak the clips in DIR into one session and print how well and how fast they came out.

    DIR has WAV files and `transcripts.tsv` (a header line; columns `file` and `text`), which also gives the order. Each
    clip is followed by 1 s of silence, in real time. Listeners are ordinary clients: one of the floor with partials
    and without speech, one with captions and speech in each target language.

    \b
    WER         word errors of the finals, lower case without punctuation, per word of the transcripts
    finals      of a clip: those whose words lie in it
    latency     seconds from the end of speech of a clip (its last 10 ms within 35 dB of its loudest 10 ms, when that
                was captured) to the final caption, and to the first byte of speech, at the listener
    retracted   words that were shown, or said to be stable, and did not stay, per 100 words of the finals
    heard       seconds from the end of a spoken word to its place in the speech of its segment, which is played as it
                comes, one part after the other; this and the next need Kafka, which knows the words' times
    word        seconds from the end of a word to its first appearance in the floor's captions
    partials    seconds from the end of the first word of a segment to its first partial
    captions    must be in order and tile the audio; every one with text has speech that decodes, is as long as it
                says, and has between 5 and 40 characters a second (1 s more is allowed for the edges, and
                a digit counts as a word)

    Speaker and listeners are one process on one clock, so run it on the machine of the gateway for exact latencies.
    """
    quieten()
    as_json = options.pop("as_json")
    settings = read_settings(**options)
    targets = [tag.strip() for tag in languages.split(",") if tag.strip()]
    how: dict[str, Any] = {"floor": language, "languages": targets, "paced": not fast_forward}
    found = asyncio.run(_measure(folder, dense, times, url, key, settings, how))
    click.echo(json.dumps(found.as_dict(), ensure_ascii=False) if as_json else report(found))


async def _measure(
    folder: Path, dense: bool, times: int, url: str | None, key: str, settings: Settings, how: dict[str, Any]
) -> "Figures":
    from dragoman.client.credential import credential_of
    from dragoman.measure.clips import read_clips, without_pauses
    from dragoman.measure.figures import figures
    from dragoman.measure.measure import measure
    from dragoman.ops.where import gateway_url

    gateway = gateway_url(url, settings.data)
    clips = read_clips(folder, lambda line: click.echo(f"warning: {line}", err=True)) * times
    if dense:
        how |= {"silence_s": 0.0}
        clips = [without_pauses(clip) for clip in clips]
    measured = await measure(gateway, clips, credential=credential_of(key), **how)
    return figures(measured, await _transcripts(measured, settings))


async def _transcripts(measured: "RunFigures", settings: Settings) -> dict[int, Any] | None:
    """The finals of the topic, if a Kafka is known and answers."""
    from dragoman.ops.recording import finals
    from dragoman.ops.records import find_session, records
    from dragoman.ops.where import kafka_address
    from dragoman.runtime.errors import DragomanError
    from schemas.messages import Segment
    from schemas.topics import TRANSCRIPTS

    try:
        kafka = kafka_address(settings.kafka, settings.data)
        session = await find_session(kafka, measured.code)
        segments = (r.message async for r in records(kafka, session, TRANSCRIPTS) if isinstance(r.message, Segment))
        return {final.segment: final for final in await finals(segments, measured.floor)}
    except DragomanError:
        return None


def report(found: "Figures") -> str:
    """The figures for reading."""
    width = max((len(clip.name) for clip in found.clips), default=4)
    lines = [f"session {found.session}", "", f"{'CLIP':<{width}}  WORDS ERRORS FINALS  CAPTION  HEARD"]
    for clip in found.clips:
        caption = _seconds(next(iter(clip.caption_s.values()), None))
        lines.append(
            f"{clip.name:<{width}}  {clip.words:>5} {clip.errors:>6} {clip.finals:>6}  {caption}  {clip.heard}"
        )
    lines += [
        "",
        f"WER               {100 * found.error_rate:.1f} % ({found.errors} of {found.words} words)",
        f"one final each    {', '.join(found.one_final) or 'none'}",
        "",
    ]
    for language, figures in found.languages.items():
        speech = f", {figures.speech} parts of speech" if figures.speech else ""
        faults = [*figures.holes, *figures.speech_faults, *([f"{figures.missed} missed"] if figures.missed else [])]
        state = "in order, tiling" if not figures.holes else "NOT IN ORDER"
        lines.append(f"{language:<5} {figures.finals} final captions, {state}{speech}, {len(faults)} faults")
        lines += [f"      {fault}" for fault in faults]
        lines.append(
            f"      retracted per 100 words: {figures.erasure.shown_per_100:.1f} shown,"
            f" {figures.erasure.stable_per_100:.1f} said to be stable"
        )
    lines += ["", f"{'LATENCY in s':<34}{'p50':>7}{'p90':>7}{'p95':>7}{'of':>5}"]
    lines += [_spread(f"end of speech to {tag} caption", spread) for tag, spread in found.captions.items()]
    lines += [_spread(f"end of speech to {tag} speech", spread) for tag, spread in found.speech.items()]
    lines.append(_spread(f"first word to partial ({found.first_word_from})", found.first_partial))
    lines.append(_spread("word to its first appearance", found.word))
    for tag in found.speech:
        heard = found.languages[tag]
        lines.append(_spread(f"word to its {tag} translation heard", heard.heard))
        if heard.grown_s is not None:
            lines.append(f"{'  longer at the end than after 1 min':<34}{_seconds(heard.grown_s)}")
    return "\n".join(lines)


def _spread(name: str, spread: "Spread") -> str:
    return f"{name:<34}{_seconds(spread.p50)}{_seconds(spread.p90)}{_seconds(spread.p95)}{spread.count:>5}"


def _seconds(seconds: float | None) -> str:
    return "      -" if seconds is None else f"{seconds:>7.2f}"
