"""The pages' modules without DOM, by `node --test`; Node is not needed to run or build anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGES = HERE.parents[2] / "gateway" / "pages"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("tests", sorted(HERE.glob("*.test.js")), ids=lambda path: path.name.removesuffix(".test.js"))
def test_what_the_module_promises_holds(tests: Path, tmp_path: Path) -> None:
    """Copied together, because Node takes a .js file for an ES module only beside a package.json that says so."""
    assert NODE
    for source in (*PAGES.glob("*.js"), tests):
        shutil.copy(source, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    ended = subprocess.run(
        [NODE, "--test", tests.name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
