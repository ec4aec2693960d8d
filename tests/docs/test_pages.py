"""The pages name what exists: commands, targets, settings, files."""

import re
from pathlib import Path

import pytest

from dragoman.cli import COMMANDS
from dragoman.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "schemas/README.md",
]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert not [target for target in targets if "://" not in target and not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    settings = {f"DRAGOMAN_{name.upper()}" for name in Settings.model_fields} | {
        "DRAGOMAN_TEST_SERVERS",
        "DRAGOMAN_TOKEN",
    }
    assert set(re.findall(r"DRAGOMAN_[A-Z_]+[A-Z]", page.read_text())) <= settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|/)dragoman (?!--)([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:tests|workers|gateway|dragoman|schemas|deploy|docs)/[\w./-]+)`", page.read_text())
    assert not [path for path in named if "STAGE" not in path and not (ROOT / path).exists()]


def test_decisions_are_numbered_and_short() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert not [page.name for page in DECISIONS if len(page.read_text().splitlines()) > 40]
    assert not [page.name for page in DECISIONS if not page.read_text().startswith(f"# {page.name[:4]}: ")]


def test_no_page_names_a_path_of_one_machine() -> None:
    assert not [page.name for page in PAGES if re.search(r"/(?:home|root|work)/", page.read_text())]
