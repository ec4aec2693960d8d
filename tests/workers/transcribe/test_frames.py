"""What a lane holds of the audio."""

import numpy as np

from schemas.messages import Audio
from tests.workers.driving import record
from workers.stage import Record
from workers.transcribe.frames import Frames


def counted(offset: int, position: int, until: int) -> Record:
    """A frame whose samples are their own positions."""
    pcm = np.arange(position, until).astype("<i2").tobytes()
    return record("audio", offset, Audio(kind="frame", position=position, captured_at=0, language="en", pcm=pcm))


def held(*spans: tuple[int, int]) -> Frames:
    frames = Frames()
    for offset, (position, until) in enumerate(spans):
        frames.add(counted(offset, position, until), 0)
    return frames


def samples(frames: Frames, start: int, end: int) -> list[int]:
    return np.frombuffer(frames.audio(start, end), "<i2").tolist()


def test_the_audio_between_two_positions_is_cut_to_the_sample() -> None:
    assert samples(held((0, 100), (100, 200), (200, 300)), 98, 203) == list(range(98, 203))


def test_where_there_is_a_gap_there_is_nothing() -> None:
    assert samples(held((0, 100), (150, 200)), 90, 160) == [*range(90, 100), *range(150, 160)]


def test_what_was_sent_twice_is_there_once() -> None:
    frames = held((0, 100), (50, 150), (0, 100), (120, 200))
    assert samples(frames, 0, 200) == list(range(200))


def test_what_is_not_held_any_more_or_not_yet_is_not_there() -> None:
    frames = held((0, 100), (100, 200))
    frames.settled_by(100)
    assert samples(frames, 0, 1_000) == list(range(100, 200))
    assert samples(frames, 300, 400) == []
    assert samples(Frames(), 0, 100) == []
