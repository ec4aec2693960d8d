"""Units of audio. Positions count samples of a session from 0; media time in ms is position / 16."""

SAMPLE_RATE = 16_000
"""Samples a second, mono, s16le, on the way in and in `pcm16` speech."""

BYTES_PER_SAMPLE = 2


def samples(pcm: bytes) -> int:
    """Samples in s16le mono PCM."""
    return len(pcm) // BYTES_PER_SAMPLE


def to_ms(position: int) -> int:
    """Media time in ms of a position in samples."""
    return position * 1000 // SAMPLE_RATE
