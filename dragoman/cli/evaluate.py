"""`dragoman evaluate`: how well and how soon a past session, or a text, came out beside a reference."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from dragoman.measure.evaluation import Evaluation
    from dragoman.measure.figures import Spread
    from dragoman.measure.quality import TextScores


@click.command()
@click.argument("session", metavar="SESSION|FILE")
@click.argument("reference", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--language", required=True, help="Of the reference, as a BCP-47 tag: which text of the session is meant."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
def command(session: str, reference: Path, language: str, as_json: bool, **options: str | None) -> None:
    """Compare what a past session came to in a language with a reference: plain text of what should stand there.

    With a FILE (plain text, as `dragoman export` writes it) in place of a session's code only its text is compared.

    \b
    errors     words to insert, delete or replace, for each word of the reference (WER); without case and punctuation;
               characters in languages that are written without spaces
    chrF       chrF2: n-grams of up to six characters, 0 to 100; of one reference it says little in itself, and much
               about two systems on the same talk
    erasure    words that were shown and did not stay, for each word of the finals (normalised erasure)
    word       seconds from the end of a word to its first appearance, of the language that is spoken
    caption    seconds from the end of the words to their final
    speech     seconds from the end of the words to the first of their speech

    Times are those of the records, by the clocks of gateway and workers: what a listener's network takes is not in
    them.
    Definitions and sources: docs/quality.md.

    Exit status: 0 it was compared; 2 something is wrong, in one line.
    """
    from dragoman.measure.quality import text_scores

    quieten()
    wanted = _text(reference)
    if not wanted.strip():
        raise DragomanError(f"{reference} is empty: the reference is the plain text of what should stand there")
    if Path(session).is_file():
        scores = text_scores(wanted, _text(Path(session)), language)
        click.echo(json.dumps(_of_scores(scores)) if as_json else "\n".join(_score_lines(scores)))
        return
    found = asyncio.run(_evaluate(session, language, wanted, read_settings(**options)))
    click.echo(json.dumps(found.as_dict()) if as_json else report(found))


async def _evaluate(wanted: str, language: str, reference: str, settings: Settings) -> "Evaluation":
    from dragoman.measure.evaluation import evaluate
    from dragoman.ops.records import find_session, records
    from dragoman.ops.where import kafka_address
    from schemas.messages import Segment
    from schemas.topics import SPEECH, TRANSCRIPTS, TRANSLATIONS

    kafka = kafka_address(settings.kafka, settings.data)
    session = await find_session(kafka, wanted)
    topics = (TRANSCRIPTS, TRANSLATIONS, SPEECH)
    messages = [record.message for topic in topics async for record in records(kafka, session, topic)]
    segments = [message for message in messages if isinstance(message, Segment)]
    if not any(each.language == language for each in segments):
        there = ", ".join(sorted({each.language for each in segments})) or "nothing"
        raise DragomanError(f"{wanted} has no text in {language}: there is {there}")
    return evaluate(segments, language, reference)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DragomanError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DragomanError(f"{path} is no text in UTF-8") from error


def report(found: "Evaluation") -> str:
    """For reading."""
    lost = f", {found.lost} skipped or failed" if found.lost else ""
    erased = found.normalised_erasure
    told = "no partials were written" if erased is None else f"{erased:.2f} words for each word of the finals"
    return "\n".join(
        [
            f"{found.language}: {found.finals} finals{lost}",
            *_score_lines(found.scores),
            f"erasure    {told}",
            "",
            f"{'SECONDS':<11}{'p50':>8}{'p90':>8}{'p95':>8}{'of':>6}",
            _spread("word", found.word),
            _spread("caption", found.caption),
            _spread("speech", found.speech),
        ]
    )


def _score_lines(scores: "TextScores") -> list[str]:
    rate = "-" if scores.error_rate is None else f"{100 * scores.error_rate:.1f} %"
    return [
        f"errors     {rate} ({scores.errors} of {scores.reference} {scores.unit})",
        f"chrF       {scores.chrf:.1f}",
    ]


def _of_scores(scores: "TextScores") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(scores) | {"error_rate": scores.error_rate}


def _spread(name: str, spread: "Spread") -> str:
    numbers = "".join(f"{'-' if each is None else f'{each:.2f}':>8}" for each in (spread.p50, spread.p90, spread.p95))
    return f"{name:<11}{numbers}{spread.count:>6}"
