import io
import tarfile
from pathlib import Path

import pytest

from dragoman.models.archive import Archives
from dragoman.models.errors import NoSpaceError, WrongFileError
from tests.dragoman.models.places import tarred, zipped

MEMBERS = {"weights/one.bin": b"one " * 1000, "weights/two.bin": b"two " * 1000, "setup.py": b"raise SystemExit"}


@pytest.fixture(params=[zipped, tarred], ids=["zip", "tar"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    path.write_bytes(request.param(MEMBERS))
    return path


def joined(tmp_path: Path, *pieces: tuple[Path, str], limit: int = 100_000) -> bytes:
    target = tmp_path / "out" / "model.bin"
    with Archives(tmp_path) as archives:
        archives.join(pieces, target, limit)
    return target.read_bytes()


def test_a_member_is_unpacked_and_nothing_else(archive: Path, tmp_path: Path) -> None:
    assert joined(tmp_path, (archive, "weights/one.bin")) == MEMBERS["weights/one.bin"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["archive", "model.bin", "out"]


def test_pieces_are_joined_in_their_order(archive: Path, tmp_path: Path) -> None:
    parts = [(archive, "weights/two.bin"), (archive, "weights/one.bin")]
    assert joined(tmp_path, *parts) == MEMBERS["weights/two.bin"] + MEMBERS["weights/one.bin"]


def test_an_archive_in_an_archive_is_opened(tmp_path: Path) -> None:
    outer = tmp_path / "outer.tar.gz"
    outer.write_bytes(tarred({"tests/data.zip": zipped(MEMBERS)}))
    with Archives(tmp_path) as archives:
        for name in ("one", "two"):
            archives.join([(outer, f"tests/data.zip!weights/{name}.bin")], tmp_path / name, 100_000)
    assert (tmp_path / "two").read_bytes() == MEMBERS["weights/two.bin"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "outer.tar.gz", "two"]


def test_a_member_that_is_not_there_is_named(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongFileError, match=r"^archive has no readable member weights/three\.bin"):
        joined(tmp_path, (archive, "weights/three.bin"))


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.whl").write_bytes(b"<html>Sign in</html>")
    with pytest.raises(WrongFileError, match=r"^page\.whl has no readable member one"):
        joined(tmp_path, (tmp_path / "page.whl", "one"))


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    broken = bytearray(zipped(MEMBERS))
    broken[60:80] = bytes(20)
    (tmp_path / "broken.whl").write_bytes(broken)
    with pytest.raises(WrongFileError, match=r"broken\.whl!weights/one\.bin is broken"):
        joined(tmp_path, (tmp_path / "broken.whl", "weights/one.bin"))


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    """A member of a tar may be a link to another file of the machine."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        link = tarfile.TarInfo("model.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "links.tar").write_bytes(packed.getvalue())
    with pytest.raises(WrongFileError, match=r"links\.tar has no readable member model\.bin"):
        joined(tmp_path, (tmp_path / "links.tar", "model.bin"))


def test_no_archive_fills_the_disk(tmp_path: Path) -> None:
    (tmp_path / "bomb.zip").write_bytes(zipped({"model.bin": bytes(50_000_000)}))
    assert len(joined(tmp_path, (tmp_path / "bomb.zip", "model.bin"), limit=1000)) < 1_000_000


def test_a_full_disk_is_said(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.bin").symlink_to("/dev/full")
    with pytest.raises(NoSpaceError, match=r"^no space left for .*model\.bin$"):
        joined(tmp_path, (archive, "weights/one.bin"))
