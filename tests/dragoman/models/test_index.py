import sys
from pathlib import Path

import pytest

from dragoman.models.download import download
from dragoman.models.errors import GoneError, UnreachableError
from dragoman.models.index import Index
from dragoman.models.manifest import File, Package
from tests.dragoman.models.places import Places, a_file, tarred

CONTENT = b"weights " * 100_000
WHEEL = "weights-1.0-py3-none-any.whl"


def fetched(tmp_path: Path, file: str = WHEEL, content: bytes = CONTENT, index: Index | None = None) -> bytes:
    package = Package(project="Weights", file=file, size=len(content))
    opener = (index or Index()).file(package)
    download(opener, tmp_path / file, a_file(file, content), pause=lambda seconds: None)
    return (tmp_path / file).read_bytes()


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_a_file_of_the_index_comes_as_it_is(places: Places, tmp_path: Path, html: bool) -> None:
    places.html = html
    places.index("weights", **{WHEEL: CONTENT, "weights-0.9-py3-none-any.whl": b"old"})
    assert fetched(tmp_path) == CONTENT
    assert places.paths() == ["/simple/weights/", f"/files/{WHEEL}"]


def test_a_cut_download_goes_on_by_range(places: Places, tmp_path: Path) -> None:
    places.index("weights", **{WHEEL: CONTENT})
    places.cuts[f"/files/{WHEEL}"] = [300_000]
    assert fetched(tmp_path) == CONTENT
    assert [start for path, start in places.asked if path == f"/files/{WHEEL}"] == [0, 300_000]


def test_nothing_of_a_source_distribution_is_run(places: Places, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'run')!r}, 'w')".encode()
    build = b"[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n"
    sdist = tarred({"weights-1.0/setup.py": trap, "weights-1.0/pyproject.toml": build})
    places.index("weights", **{"weights-1.0.tar.gz": sdist})
    assert fetched(tmp_path, "weights-1.0.tar.gz", sdist) == sdist
    assert not (tmp_path / "run").exists()


def test_the_checksum_of_the_index_counts(places: Places, tmp_path: Path) -> None:
    places.index("weights", **{WHEEL: CONTENT})
    places.files[f"/files/{WHEEL}"] = CONTENT[::-1]
    package = Package(project="weights", file=WHEEL, size=len(CONTENT))
    with pytest.raises(Exception, match="is not what was expected: sha256"):
        download(Index().file(package), tmp_path / WHEEL, File(path=WHEEL, size=len(CONTENT)))


@pytest.mark.parametrize("known", [True, False], ids=["file", "project"])
def test_what_the_index_does_not_have_is_named(places: Places, tmp_path: Path, known: bool) -> None:
    if known:
        places.index("weights", **{"weights-0.9-py3-none-any.whl": b"old"})
    with pytest.raises(GoneError, match=rf"^{WHEEL}: the package index does not have it$"):
        fetched(tmp_path)


def test_a_file_that_the_page_names_and_the_server_lacks_is_named(places: Places, tmp_path: Path) -> None:
    places.index("weights", **{WHEEL: CONTENT})
    del places.files[f"/files/{WHEEL}"]
    with pytest.raises(GoneError, match=rf"^{WHEEL}: HTTP 404$"):
        fetched(tmp_path)


def test_folders_that_pip_looks_into_come_first(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / WHEEL).write_bytes(CONTENT)
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    assert fetched(tmp_path) == CONTENT
    assert places.asked == []


def test_an_index_that_is_not_reached_is_asked_once(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    index = Index()
    with pytest.raises(UnreachableError, match=r"^package index: ConnectionError: .*127\.0\.0\.1"):
        fetched(tmp_path, index=index)
    monkeypatch.setenv("PIP_INDEX_URL", f"{places.url}/simple")
    with pytest.raises(UnreachableError):
        fetched(tmp_path, index=index)
    assert places.asked == []


def test_pip_that_may_ask_no_index_is_said(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UnreachableError, match="pip is told to ask no index"):
        fetched(tmp_path)
    assert places.asked == []


def test_a_python_without_pip_is_said(places: Places, tmp_path: Path) -> None:
    python = tmp_path / "python"
    run = (
        "import runpy, sys; sys.modules['pip'] = None; del sys.argv[0]; runpy.run_module(sys.argv[0], None, '__main__')"
    )
    python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{run}" "$@"\n')
    python.chmod(0o755)
    with pytest.raises(UnreachableError, match=r"has no pip$"):
        fetched(tmp_path, index=Index(str(python)))
