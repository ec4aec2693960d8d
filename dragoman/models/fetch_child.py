"""Fetches one model in a process of its own: `python -m dragoman.models.fetch_child NAME`; settings by the environment.

A download blocks, and is ended with its process; a later one goes on where it was cut. The last line of output is a
Report (JSON). `--reach` instead of a name asks no more than which official places answer.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from dragoman.models.errors import SourceError, UnreachableError
from dragoman.models.fetching import fetch_all
from dragoman.models.folder import ModelsFolder, models_folder
from dragoman.models.manifest import SHIPPED, Manifest, Packages, read_manifest
from dragoman.models.taking import Taker
from dragoman.models.web import Web
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

REACH_S = 5.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    fetched: bool = False
    """It is there, or what stands in for it."""
    troubles: tuple[str, ...] = ()
    """Places that did not give it, each with the reason."""
    hosts: tuple[str, ...] = ()
    """With `--reach`: those of the official places that answer."""


def reached(manifest: Manifest, web: Web) -> tuple[str, ...]:
    """The hosts of official places that answer, whatever they answer."""
    urls: dict[str, str] = {}
    for source in (source for model in manifest.models for source in model.sources):
        if not isinstance(source, Packages):
            urls.setdefault(urlsplit(source.url).netloc, source.url)
    return tuple(host for host, url in urls.items() if _answers(web, url))


def _answers(web: Web, url: str) -> bool:
    try:
        with web.at(url)(0):
            return True
    except UnreachableError:
        return False
    except SourceError:
        return True


def _report(name: str) -> Report:
    settings = read_settings()
    manifest = read_manifest(Path(settings.models_manifest or SHIPPED))
    if name == "--reach":
        return Report(hosts=reached(manifest, Web(REACH_S)))
    taker = Taker(ModelsFolder(models_folder(settings.models)))
    found = list(fetch_all(taker, manifest, [manifest.model(name)], settings.listed("models_from")))
    troubles = tuple(trouble for fetched in found for trouble in fetched.troubles)
    return Report(fetched=found[-1].outcome != "missing", troubles=troubles)


if __name__ == "__main__":
    try:
        report = _report(sys.argv[1])
    except (DragomanError, OSError) as error:
        report = Report(troubles=(str(error),))
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
