"""A process with the model of one pair: `python -m workers.translate.engines.opus.process FOLDER`."""

import sys
from pathlib import Path
from typing import Final

from workers.translate.processes.child import Translate, run

_BEAMS: Final = 2
_SPACE: Final = "\u2581"
"""SentencePiece's mark of the space before a piece."""


def load(folder: Path) -> Translate:
    """The model in a folder. Raises ImportError, OSError, RuntimeError, ValueError."""
    import ctranslate2  # not there is no fault of a text's either
    from sentencepiece import SentencePieceProcessor

    pieces = SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))
    model = ctranslate2.Translator(str(folder / "model"), compute_type="int8", inter_threads=1, intra_threads=1)

    def translate(text: str) -> str:
        (result,) = model.translate_batch([pieces.encode(text, out_type=str)], beam_size=_BEAMS)
        return "".join(result.hypotheses[0]).replace(_SPACE, " ").strip()

    return translate


if __name__ == "__main__":
    run(lambda: load(Path(sys.argv[1])))
