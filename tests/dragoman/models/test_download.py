from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dragoman.models.download import TRIES, Download, download
from dragoman.models.errors import CutError, NoSpaceError, WrongFileError
from dragoman.models.manifest import File
from dragoman.runtime.errors import DragomanError
from tests.dragoman.models.places import a_file

CONTENT = bytes(range(256)) * 40
WANTED = a_file("model.bin", CONTENT)


class Sender:
    """Sends a content; each answer ends after the next of `lengths` bytes, then all of it comes."""

    def __init__(self, content: bytes = CONTENT, lengths: tuple[int, ...] = (), *, ranges: bool = True) -> None:
        self.asked: list[int] = []
        self._content, self._lengths, self._ranges = content, list(lengths), ranges

    @contextmanager
    def __call__(self, start: int) -> Iterator[Download]:
        self.asked.append(start)
        begin = start if self._ranges else 0
        end = begin + self._lengths.pop(0) if self._lengths else None
        yield Download(begin, len(self._content), iter([self._content[begin:end]]))


def fetched(tmp_path: Path, sender: Sender, wanted: File = WANTED) -> bytes:
    download(sender, tmp_path / "model.bin", wanted, pause=lambda seconds: None)
    return (tmp_path / "model.bin").read_bytes()


def test_a_cut_download_goes_on_where_it_ended(tmp_path: Path) -> None:
    sender = Sender(lengths=(1000, 500))
    assert fetched(tmp_path, sender) == CONTENT
    assert sender.asked == [0, 1000, 1500]
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin"]


def test_what_an_earlier_call_left_is_used(tmp_path: Path) -> None:
    with pytest.raises(CutError, match=r"model\.bin: the connection was cut after 1,000 bytes"):
        fetched(tmp_path, Sender(lengths=(1000, *[0] * TRIES)))
    assert not (tmp_path / "model.bin").exists()
    later = Sender()
    assert fetched(tmp_path, later) == CONTENT
    assert later.asked == [1000]


def test_a_place_that_knows_no_ranges_sends_everything_again(tmp_path: Path) -> None:
    assert fetched(tmp_path, Sender(lengths=(1000,), ranges=False)) == CONTENT


def test_it_is_given_up_after_tries_that_bring_nothing(tmp_path: Path) -> None:
    sender = Sender(lengths=(0,) * 20)
    with pytest.raises(CutError):
        fetched(tmp_path, sender)
    assert len(sender.asked) == TRIES
    patient = Sender(lengths=(100, 0, 0, 100, 0, 0, 0, 100))
    assert fetched(tmp_path, patient) == CONTENT


def test_pauses_grow(tmp_path: Path) -> None:
    pauses: list[float] = []
    with pytest.raises(CutError):
        download(Sender(lengths=(0,) * 20), tmp_path / "model.bin", WANTED, pause=pauses.append)
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == len(pauses) == TRIES - 1


def test_wrong_bytes_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(WrongFileError, match=r"^model\.bin is not what was expected: sha256 [0-9a-f]{64} instead of"):
        fetched(tmp_path, Sender(CONTENT[::-1]))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_size_is_seen_before_anything_is_received(tmp_path: Path) -> None:
    with pytest.raises(WrongFileError, match=r"^model\.bin has 10,241 bytes there instead of 10,240$"):
        fetched(tmp_path, Sender(CONTENT + b"!"))


def test_an_old_half_of_another_file_costs_one_more_download(tmp_path: Path) -> None:
    (tmp_path / "model.bin.part").write_bytes(b"x" * 5000)
    sender = Sender()
    assert fetched(tmp_path, sender) == CONTENT
    assert sender.asked == [5000, 0]


def test_an_old_part_that_is_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "model.bin.part").write_bytes(b"x" * 20_000)
    sender = Sender()
    assert fetched(tmp_path, sender) == CONTENT
    assert sender.asked == [0]


def test_a_file_of_unknown_size_and_checksum_ends_where_the_place_says(tmp_path: Path) -> None:
    sender = Sender(lengths=(1000,))
    assert fetched(tmp_path, sender, File(path="vocab.spm")) == CONTENT
    assert sender.asked == [0, 1000]


def test_a_full_disk_is_said_and_what_was_begun_is_taken_away(tmp_path: Path) -> None:
    """The kernel answers every write to /dev/full with ENOSPC."""
    (tmp_path / "model.bin.part").symlink_to("/dev/full")
    with pytest.raises(NoSpaceError, match=r"^no space left for .*model\.bin\.part$"):
        fetched(tmp_path, Sender())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.bin.part").mkdir()
    with pytest.raises(DragomanError, match=r"model\.bin\.part cannot be written: Is a directory"):
        fetched(tmp_path, Sender(), File(path="model.bin"))


def test_progress_is_told_with_the_size(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    sender = Sender(lengths=(1000,))
    download(
        sender, tmp_path / "model.bin", WANTED, lambda done, total: told.append((done, total)), lambda seconds: None
    )
    assert told == [(1000, len(CONTENT)), (len(CONTENT), len(CONTENT))]
