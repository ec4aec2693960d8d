"""The pages as a user gets them: served by a gateway that was installed from a wheel."""

import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from redis.asyncio import Redis

from dragoman.local.ports import free_ports
from tests.gateway.test_program import environment
from tests.servers import running

ROOT = Path(__file__).parents[2]
SOURCES = ("gateway", "workers", "schemas", "dragoman", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel is installed, and nothing else."""
    build, site = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("installed")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, build / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", "dist", "."], cwd=build, check=True)
    (wheel,) = (build / "dist").glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", site, wheel], check=True)
    return site


@pytest.fixture
def url(
    installed: Path, kafka: str, redis_url: str, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Of a gateway that knows nothing of the sources."""
    port, operator_port = free_ports(2)
    settings = {"kafka": kafka, "redis": redis_url, "secret": "s" * 32, "port": port, "operator_port": operator_port}
    for name, setting in (environment(**settings) | {"PYTHONPATH": str(installed)}).items():
        monkeypatch.setenv(name, setting)
    argv = [sys.executable, "-P", "-m", "gateway"]
    with running(argv, tmp_path / "gateway.log", lambda: _trouble(f"http://127.0.0.1:{operator_port}/readyz")):
        yield f"http://127.0.0.1:{port}"


async def _trouble(url: str) -> str:
    """What keeps a page from being served; empty: nothing."""
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: ASYNC210  # nothing else runs meanwhile
            return ""
    except OSError as error:
        return str(error)


def test_every_file_of_the_pages_is_in_the_wheel(installed: Path) -> None:
    def files(root: Path) -> set[str]:
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    pages = Path("gateway/pages")
    assert files(installed / pages) == files(ROOT / pages)


async def test_each_page_of_an_installed_gateway_shows_itself(browser: Browser, url: str) -> None:
    for path in ("/", "/speak", "/listen/calm-otter-123", "/overlay/calm-otter-123?debug"):
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error, complaints=complaints: complaints.append(str(error)))
        await page.goto(url + path)
        await expect(page.locator("h1:visible, p:visible").first).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert complaints == []
        await page.close()
