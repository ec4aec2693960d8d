"""A process with the model of one pair: `python -m workers.translate.engines.firefox.process FOLDER`."""

import sys
from pathlib import Path

from workers.translate.processes.child import Translate, run


def load(folder: Path) -> Translate:
    """The model in a folder. Raises ImportError, OSError, ValueError, StopIteration."""
    from fxtranslate import Translator  # not there is no fault of a text's either

    translator = Translator(
        _one(folder, "model*.bin"),
        _one(folder, "srcvocab*.spm", "vocab*.spm"),
        _one(folder, "trgvocab*.spm", "vocab*.spm"),
        _one(folder, "lex*.bin"),  # without the shortlist a sentence costs half as much again
    )
    return translator.translate


def _one(folder: Path, *patterns: str) -> bytes:
    return next(path for pattern in patterns for path in sorted(folder.glob(pattern))).read_bytes()


if __name__ == "__main__":
    run(lambda: load(Path(sys.argv[1])))
