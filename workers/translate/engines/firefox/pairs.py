"""Which pairs the models folder holds."""

import re
import sys
from pathlib import Path
from typing import Final

from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import read_manifest
from workers.translate.processes.program import Program

_NAME: Final = re.compile(r"firefox-([a-z]{2,3})-([a-z]{2,3})(-\w+)?")
CHILD: Final = "workers.translate.engines.firefox.process"


def pairs(folder: ModelsFolder) -> dict[tuple[str, str], Path]:
    """Folder of each pair's best model. Those of somebody's own manifest count, too, by their names."""
    manifest = read_manifest()
    names = [model.name for model in folder.present(manifest) if model.engine == "firefox"]
    found: dict[tuple[str, str], Path] = {}
    for name in [*names, *folder.unknown(manifest)]:
        if match := _NAME.fullmatch(name):
            found.setdefault((match[1], match[2]), folder.place(name))
    return found


def program(pair: tuple[str, str], model: Path) -> Program:
    """What translates a pair."""
    return Program(f"firefox-{pair[0]}-{pair[1]}", ((sys.executable, "-m", CHILD, str(model)),))
