"""How this program was called, so that a line with a command can be pasted."""

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "dragoman"


def called() -> str:
    """`dragoman` as the person at the keyboard has to write it: `.venv/bin/dragoman` when PATH does not have it."""
    program = Path(sys.argv[0]).absolute()
    if program.name == "__main__.py" and program.parts[-3:-1] == (_NAME, "cli"):
        return "python -m dragoman.cli"
    found = shutil.which(_NAME)
    if program.name != _NAME or (found and Path(found).absolute() == program):
        return _NAME
    below = program.is_relative_to(Path.cwd())
    return shlex.quote(str(program.relative_to(Path.cwd()) if below else program))
