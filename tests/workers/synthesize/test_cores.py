"""How many cores nothing else uses."""

import os
from pathlib import Path

import pytest

from tests.workers.driving import Clock
from workers.synthesize.cores import Cores, quota_of, usable_cores


@pytest.fixture(autouse=True)
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64))


class Container:
    """The files of a container."""

    def __init__(self, folder: Path, quota: str) -> None:
        self.folder, self.clock, self._used_s = folder, Clock(0), 1_000.0
        (folder / "cpu.max").write_text(quota)
        self.works(0, 0)
        self.cores = Cores(folder, lambda: 20.0, lambda: self.clock.now() / 1000)

    def works(self, cores: float, seconds: float) -> None:
        """So many cores are used for so long."""
        self._used_s += cores * seconds
        self.clock.forward(seconds)
        stat = f"usage_usec {round(self._used_s * 1e6)}\nuser_usec 1\nsystem_usec 2\n"
        (self.folder / "cpu.stat").write_text(stat)


def test_a_container_has_no_more_than_its_quota(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 64
    for said, usable in (("max 100000", 64), ("50000 100000", 0.5), ("9900000 100000", 64), ("?", 64)):
        (tmp_path / "cpu.max").write_text(said)
        assert usable_cores(tmp_path) == usable
    assert quota_of(tmp_path) is None


def test_what_others_do_on_the_machine_takes_nothing_of_a_containers_quota(tmp_path: Path) -> None:
    container = Container(tmp_path, "400000 100000\n")
    container.works(1.5, 20)
    assert container.cores.free() == pytest.approx(2.5)


def test_use_is_that_of_the_last_minute_not_that_of_the_whole_life(tmp_path: Path) -> None:
    container = Container(tmp_path, "400000 100000\n")
    for cores in (4, 4, 4, 1, 1):
        container.works(cores, 30)
        free = container.cores.free()
    assert free == pytest.approx(3)


def test_without_a_quota_what_is_in_use_on_the_machine_is_not_free(tmp_path: Path) -> None:
    assert Container(tmp_path, "max 100000").cores.free() == 44
    assert Cores(tmp_path / "none", lambda: 63.0).free() == 1
    assert Cores(tmp_path / "none", lambda: 65.0).free() == 0


def test_our_own_voices_take_nothing_from_themselves_and_no_core_is_counted_that_is_not_there(tmp_path: Path) -> None:
    cores = Cores(tmp_path, lambda: 60.0)
    assert [cores.beside(own) for own in (0, 3, 8)] == [4, 7, 12]
    assert Cores(tmp_path, lambda: 0.0).beside(2) == 64
