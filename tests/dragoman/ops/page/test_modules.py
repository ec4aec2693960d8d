"""The modules of the operators' page without DOM, by `node --test`."""

from pathlib import Path

import pytest

from dragoman.ops.page.site import FILES
from tests.gateway.pages.test_modules import NODE, run_beside

HERE = Path(__file__).parent


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("tests", [Path(path.name) for path in HERE.glob("*.test.js")], ids=str)
def test_what_the_module_promises_holds(tests: Path, tmp_path: Path) -> None:
    run_beside(FILES, HERE, tests, tmp_path)
