"""The pages name what exists: commands, targets, settings, files."""

import re
from collections import Counter
from pathlib import Path

import pytest

from dragoman.cli import COMMANDS
from dragoman.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDERS = ("gateway", "workers", "schemas", "dragoman", "deploy", "tests")
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("README.md")),
]
LARGE = 10
"""Files in a folder that wants a page of its own."""
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert not [target for target in targets if "://" not in target and not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_is_named_exists(page: Path) -> None:
    settings = {f"DRAGOMAN_{name.upper()}" for name in Settings.model_fields} | {
        "DRAGOMAN_TEST_SERVERS",
        "DRAGOMAN_TOKEN",
    }
    assert set(re.findall(r"DRAGOMAN_[A-Z_]+[A-Z]", page.read_text())) <= settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|/)dragoman (?!--)([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:tests|workers|gateway|dragoman|schemas|deploy|docs)/[\w./-]+)`", page.read_text())
    assert not [path for path in named if "STAGE" not in path and not (ROOT / path).exists()]


def test_decisions_are_numbered_and_short() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert not [page.name for page in DECISIONS if len(page.read_text().splitlines()) > 40]
    assert not [page.name for page in DECISIONS if not page.read_text().startswith(f"# {page.name[:4]}: ")]


def test_no_page_names_a_path_of_one_machine() -> None:
    assert not [page.name for page in PAGES if re.search(r"/(?:home|root|work)/", page.read_text())]


def test_every_folder_at_the_top_and_every_large_one_says_what_is_in_it() -> None:
    """Which files those are, where to begin, and what may not be in it."""
    folders = {ROOT / folder for folder in (*FOLDERS, "docs")}
    for top in ("gateway", "workers", "dragoman"):
        sources = [
            path for path in (ROOT / top).rglob("*") if path.suffix in (".py", ".js") and path.stem != "__init__"
        ]
        held = Counter(path.parent for path in sources)
        folders |= {folder for folder, many in held.items() if many > LARGE}
    assert len(folders) > 20
    assert [folder for folder in folders if not (folder / "README.md").exists()] == []


def test_what_a_folders_page_names_is_there() -> None:
    """`lane.py` is a file beside it, or below or above."""
    for page in (each for each in PAGES if each.name == "README.md" and each.parent not in (ROOT, ROOT / "schemas")):
        named = re.findall(r"`((?:[\w/]+/)?\w+\.(?:py|js|sh))`", page.read_text())
        places = (page.parent, ROOT, *page.parent.iterdir())
        assert not [name for name in named if not any((place / name).exists() for place in places)], page
