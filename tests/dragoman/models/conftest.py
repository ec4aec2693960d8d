from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dragoman.models.places import Places, serving


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """The server; pip is told to ask its index, and nobody else."""
    with serving() as found:
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", f"{found.url}/simple")
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield found


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"
