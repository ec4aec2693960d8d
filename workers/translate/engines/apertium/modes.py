"""Apertium's `.mode` files: a line of shell that names the programs of a pipeline, read here without a shell."""

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from workers.translate.processes.program import Program

MODES = Path("/usr/share/apertium/modes")
"""Where Debian and Ubuntu install them."""

_PLAIN_UNKNOWN_WORDS = "-n"
_FLUSH_AT_NUL = "-z"
_PLACEHOLDERS = {"$1": [_PLAIN_UNKNOWN_WORDS], "$2": []}


@dataclass(frozen=True)
class Mode(Program):
    """One translation direction of apertium."""

    def absent(self) -> list[str]:
        """Programs and data files that the stages name and this machine lacks."""
        programs = {stage[0] for stage in self.stages}
        files = {argument for stage in self.stages for argument in stage[1:] if argument.startswith("/")}
        return sorted(
            {program for program in programs if shutil.which(program) is None}
            | {file for file in files if not Path(file).exists()}
        )


def read_mode(name: str, folder: Path = MODES) -> Mode | None:
    """The mode of that name, None where its file is not installed."""
    try:
        line = (folder / f"{name}.mode").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Mode(name, tuple(_stage(command) for command in line.split("|") if command.strip()))


def _stage(command: str) -> tuple[str, ...]:
    """Words of one command. `$1` is the option for unknown words (here: leave them plain, so that they are spoken)."""
    program, *arguments = shlex.split(command)
    filled = [word for argument in arguments for word in _PLACEHOLDERS.get(argument, [argument])]
    return (shutil.which(program) or program, _FLUSH_AT_NUL, *filled)
