"""Fetches models: place after place until no file is missing, one model after the other, whatever becomes of one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, assert_never
from urllib.parse import urlsplit

from dragoman.models.download import checksum, difference
from dragoman.models.errors import NoSpaceError, SourceError, UnreachableError
from dragoman.models.folder import ModelsFolder, Note
from dragoman.models.manifest import Archive, File, Manifest, Model, Mozilla, Packages, Piper, Site, Source
from dragoman.models.taking import Taker, Work

KINDS = ("official", "packages")
"""Kinds of places, in the order in which they are tried if nothing else is said."""


ELSEWHERE = "it is only to be had from places that were not to be asked"


@dataclass(frozen=True)
class Fetched:
    """What became of a model."""

    model: Model
    outcome: Literal["there", "fetched", "missing"]
    """`there`: nothing was to be done."""
    troubles: tuple[str, ...] = ()
    """Places that did not give it, each with the reason."""
    unreached: bool = False
    """Of a missing one: no place was reached, so nothing is known to be wrong."""


def fetch_all(
    taker: Taker, manifest: Manifest, models: Iterable[Model], kinds: tuple[str, ...] = KINDS
) -> Iterator[Fetched]:
    """What becomes of each; after one that is missing comes its stand-in. Raises DragomanError if it cannot write."""
    queue = list(models)
    while queue:
        model = queue.pop(0)
        fetched = fetch(taker, model, kinds)
        yield fetched
        if fetched.outcome == "missing" and model.stand_in:
            queue.insert(0, manifest.model(model.stand_in))
    taker.folder.drop_packages()


def fetch(taker: Taker, model: Model, kinds: tuple[str, ...]) -> Fetched:
    """What becomes of one. Raises DragomanError if it cannot be written."""
    with taker.folder.locked(model.name, lambda: taker.watcher.waits(model.name)):
        if taker.folder.state(model) == "there":
            return Fetched(model, "there")
        taker.watcher.begins(model)
        return _fetch(taker, model, kinds)


def _fetch(taker: Taker, model: Model, kinds: tuple[str, ...]) -> Fetched:
    work = begun(taker.folder, model)
    troubles: list[str] = []
    unreached = True
    for source in sources(model, kinds):
        try:
            taker.folder.require_space(model.bytes + archive_bytes(source))
            taker.take(source, work)
        except UnreachableError as error:
            troubles.append(str(error))
        except (SourceError, NoSpaceError) as error:
            troubles.append(str(error))
            unreached = False
        if work.done and not work.missing:
            taker.folder.appear(model.name, note_of(work))
            return Fetched(model, "fetched", tuple(troubles))
    return Fetched(model, "missing", tuple(troubles) or (ELSEWHERE,), unreached)


def begun(folder: ModelsFolder, model: Model) -> Work:
    """What an earlier fetch left is taken up, if it is right."""
    building = folder.building(model.name)
    done = [file for file in model.files if (path := building / file.path).is_file() and not difference(path, file)]
    return Work(model, building, [file for file in model.files if file not in done], done)


def note_of(work: Work) -> Note:
    """With what the files really are: a registry may not have said everything."""
    files = tuple(
        File(path=file.path, size=path.stat().st_size, sha256=checksum(path))
        for file in work.done
        for path in (work.building / file.path,)
    )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Note(name=work.model.name, fetched_at=at, places=tuple(dict.fromkeys(work.places)), files=files)


def sources(model: Model, kinds: tuple[str, ...]) -> list[Source]:
    """The places of these kinds, in the order of the kinds."""
    return [source for kind in kinds for source in model.sources if kind == kind_of(source)]


def kind_of(source: Source) -> str:
    """One of KINDS."""
    return "packages" if isinstance(source, Packages) else "official"


def hosts_of(model: Model) -> list[str]:
    """Of its official places."""
    urls = [source.url for source in model.sources if not isinstance(source, Packages)]
    return list(dict.fromkeys(urlsplit(url).netloc for url in urls))


def download_bytes(model: Model, kinds: tuple[str, ...]) -> int:
    """About what has to be downloaded if every first place has what it should."""
    missing = {file.path for file in model.files}
    total = 0
    for source in sources(model, kinds):
        if isinstance(source, Packages | Archive) and missing & source.members.keys():
            total += archive_bytes(source)
            missing -= source.members.keys()
        elif isinstance(source, Site):
            here = missing & set(source.files or missing)
            total += sum(file.size for file in model.files if file.path in here)
            missing -= here
    return total or model.bytes


def archive_bytes(source: Source) -> int:
    """What lies on the disk for a while, beside the files themselves."""
    match source:
        case Packages():
            return sum(package.size for package in source.packages)
        case Archive():
            return source.size
        case Site() | Mozilla() | Piper():
            return 0
        case _:
            assert_never(source)
