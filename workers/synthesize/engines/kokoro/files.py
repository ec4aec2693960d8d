"""The files of Kokoro in its folder: besides these two, `voices/NAME.bin`."""

from typing import Final

MODEL: Final = "kokoro-v1.0.int8.onnx"
SAMPLE_RATE: Final = 24_000
"""Of every voice of Kokoro."""
VOCABULARY: Final = "vocab.json"
VOICE_BYTES: Final = 510 * 256 * 4
"""Of the file of a voice: a style of 256 numbers for each length of a text."""
