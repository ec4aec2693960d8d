"""A page of all voices to listen to: `python -m tests.bench.samples FOLDER`.

Every voice of every engine here speaks the first sentence of tests/bench/sentences in its language: 5 to 15 kB each
(Ogg Opus), and an index.html that plays them.
"""

import asyncio
from html import escape
from pathlib import Path

import click

from dragoman.runtime.settings import read_settings
from workers.errors import EngineError, EngineUnavailable
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Synthesizer
from workers.synthesize.engines import NAMES, create

SENTENCES = Path(__file__).parent / "sentences"


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--engines", default=",".join(NAMES[:-2]), show_default=True)
def main(folder: Path, engines: str) -> None:
    """Writes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(_all(folder, engines.split(",")))
    (folder / "index.html").write_text(_page(rows))
    click.echo(f"{len(rows)} samples: {folder / 'index.html'}")


async def _all(folder: Path, engines: list[str]) -> list[tuple[str, str, str, str]]:
    """Language, engine, voice, file of each."""
    rows = []
    for path in sorted(SENTENCES.glob("*.txt")):
        language, text = path.stem, path.read_text().splitlines()[0]
        for name in engines:
            unpinned = create(name, read_settings())
            for voice in [voice.name for voice in unpinned.voices.get(language, ())] or [""]:
                file = "-".join(filter(None, (language, name, voice))) + ".ogg"
                if await _sample(folder / file, language, name, voice, text):
                    rows.append((language, name, voice, file))
    return rows


async def _sample(path: Path, language: str, name: str, voice: str, text: str) -> bool:
    pins = {"synthesize_engines": name, "voices": f"{language}:{name}:{voice}" if voice else ""}
    synthesizer: Synthesizer = create(name, read_settings().model_copy(update=pins))
    try:
        await synthesizer.start()
        if language not in synthesizer.languages:
            return False
        _keep(path, encode(await synthesizer.synthesize(text, language, 1.0), "ogg-opus").audio)
    except EngineUnavailable as missing:
        click.echo(f"{name}: {missing}", err=True)
        return False
    except EngineError as error:
        click.echo(f"{path.name}: {error}", err=True)
        return False
    finally:
        await synthesizer.close()
    return True


def _keep(path: Path, audio: bytes) -> None:
    path.write_bytes(audio)
    click.echo(f"{path.name}: {len(audio) / 1000:.0f} kB")


def _page(rows: list[tuple[str, str, str, str]]) -> str:
    lines = "\n".join(
        f'<tr><td>{language}<td>{name}<td>{voice}<td><audio controls preload="none" src="{escape(file)}"></audio>'
        for language, name, voice, file in rows
    )
    return f'<!doctype html><meta charset="utf-8"><title>Voices</title><table>\n{lines}\n</table>\n'


if __name__ == "__main__":
    main()
