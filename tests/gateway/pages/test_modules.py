"""The pages' modules without DOM, by `node --test`: from Node 18 on, which is needed for this only."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGES = HERE.parents[2] / "gateway" / "pages"
NODE = shutil.which("node")
TESTS = sorted(path.relative_to(HERE) for path in HERE.rglob("*.test.js"))


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("tests", TESTS, ids=lambda path: str(path).removesuffix(".test.js"))
def test_what_the_module_promises_holds(tests: Path, tmp_path: Path) -> None:
    run_beside(PAGES, HERE, tests, tmp_path)


def run_beside(pages: Path, here: Path, tests: Path, tmp_path: Path) -> None:
    """Copied beside its module, below a package.json: without that Node takes a .js file for no ES module."""
    assert NODE
    shutil.copytree(pages, tmp_path, dirs_exist_ok=True)
    (tmp_path / tests).parent.mkdir(exist_ok=True)
    shutil.copy(here / tests, tmp_path / tests)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    ended = subprocess.run(
        [NODE, "--test", str(tests)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
