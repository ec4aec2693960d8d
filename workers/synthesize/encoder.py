"""From PCM to what listeners can play: `python -m workers.synthesize.encoder` encodes one sound after the other.

The only file of the workers that imports PyAV: native code, which in a process of its own takes nobody with it when it
ends. A request is ASKED and PCM, the reply ANSWERED and the encoded sound.
"""

import io
import os
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from schemas.audio import SAMPLE_RATE
from schemas.notice import NOTICE
from workers.synthesize.engine import Encoded, Sound

if TYPE_CHECKING:
    from av import AudioFrame

ASKED: Final = struct.Struct(">10sII")
"""Format, samples a second, bytes of PCM that follow."""
ANSWERED: Final = struct.Struct(">III")
"""Samples a second, milliseconds, bytes that follow: as of Encoded."""
CANNOT_START: Final = 126
"""Exit status, as of a shell: says nothing of a sound."""
_MINIMUM_MS: Final = 20
"""One Opus packet. A shorter sound, also an empty one, is padded with silence: players refuse a file without audio."""
_OPUS_RATE: Final = 24_000
"""What Opus is given; a voice has nothing of note above 12 kHz."""
_OPUS_DECODED_RATE: Final = 48_000
"""Opus always decodes to this (RFC 7845)."""
_OPUS_BIT_RATE: Final = 24_000
_OPUS_OPTIONS: Final = {"compression_level": "5", "application": "audio"}


def encode(sound: Sound, audio_format: str, comment: str = NOTICE) -> Encoded:
    """`sound` as `ogg-opus` (an Ogg Opus file, 24 kbit/s) or `pcm16` (s16le, 16 kHz, mono). Else raises ValueError.

    A sound of less than 20 ms, also an empty one, is filled up to 20 ms with silence. `comment` stands in the Ogg file.
    """
    encoders: dict[str, Callable[[Sound], Encoded]] = {"ogg-opus": partial(_ogg_opus, comment), "pcm16": _pcm16}
    if audio_format not in encoders:
        raise ValueError(f"{audio_format!r} is none of {', '.join(encoders)}")
    return encoders[audio_format](_padded(sound))


def serve(requests: BinaryIO, replies: BinaryIO, comment: str) -> None:
    """Encodes until the requests end."""
    while header := requests.read(ASKED.size):
        audio_format, rate, length = ASKED.unpack(header)
        encoded = encode(Sound(requests.read(length), rate), audio_format.rstrip(b"\0").decode(), comment)
        replies.write(ANSWERED.pack(encoded.sample_rate, encoded.duration_ms, len(encoded.audio)) + encoded.audio)
        replies.flush()


def main() -> None:
    """Serves the parent, which may name the comment; what goes wrong with a sound ends the process."""
    comment = sys.argv[1] if sys.argv[1:] else NOTICE
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what native code may print is no reply
    try:
        encode(Sound(b"", SAMPLE_RATE), "ogg-opus", comment)  # not there, or broken, is no fault of a sound's
    except (ImportError, OSError, ValueError):
        sys.exit(CANNOT_START)
    serve(sys.stdin.buffer, replies, comment)


def _padded(sound: Sound) -> Sound:
    """Whole samples, at least the minimum of them."""
    minimum = sound.sample_rate * _MINIMUM_MS // 1000 * 2
    whole = sound.pcm[: len(sound.pcm) // 2 * 2]
    return Sound(whole.ljust(minimum, b"\0"), sound.sample_rate)


def _ogg_opus(comment: str, sound: Sound) -> Encoded:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        container.metadata["comment"] = comment
        stream = container.add_stream("libopus", rate=_OPUS_RATE, layout="mono", options=_OPUS_OPTIONS)
        stream.bit_rate = _OPUS_BIT_RATE
        container.mux(stream.encode(_frame(sound)))
        container.mux(stream.encode(None))
    return Encoded(file.getvalue(), _OPUS_DECODED_RATE, sound.duration_ms)


def _pcm16(sound: Sound) -> Encoded:
    import av

    pcm = sound.pcm
    if sound.sample_rate != SAMPLE_RATE:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        frames = [*resampler.resample(_frame(sound)), *resampler.resample(None)]
        pcm = b"".join(frame.to_ndarray().tobytes() for frame in frames)
    return Encoded(pcm, SAMPLE_RATE, Sound(pcm, SAMPLE_RATE).duration_ms)


def _frame(sound: Sound) -> "AudioFrame":
    import av

    samples = np.frombuffer(sound.pcm, dtype="<i2").reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = sound.sample_rate
    frame.pts = 0  # without it the encoder delay of the first packet is not trimmed from short sounds
    return frame


if __name__ == "__main__":
    main()
