"""What was said, put together again."""

import gc
import io
import wave
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from dragoman.ops.recording import FloorAudio, finals, write_wav
from schemas.messages import Audio, Segment, Transcript


def frame(position: int, *samples: int) -> Audio:
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    return Audio(kind="frame", position=position, captured_at=0, language="en", pcm=pcm)


def marker(position: int, kind: str = "pause") -> Audio:
    return Audio(kind=kind, position=position, captured_at=0, language="en")  # type: ignore[arg-type]  # a kind


def samples(pieces: Iterable[bytes]) -> list[int]:
    pcm = b"".join(pieces)
    return [int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, len(pcm), 2)]


async def each(*messages: Segment | Audio) -> AsyncIterator[object]:
    for message in messages:
        yield message


def test_frames_follow_each_other():
    floor = FloorAudio()
    assert samples(floor.take(frame(0, 1, 2))) == [1, 2]
    assert samples(floor.take(frame(2, 3))) == [3]


def test_what_was_sent_twice_is_there_once():
    floor = FloorAudio()
    assert samples(floor.take(frame(0, 1, 2, 3))) == [1, 2, 3]
    assert samples(floor.take(frame(0, 9, 9))) == []
    assert samples(floor.take(frame(2, 9, 4))) == [4]


def test_a_gap_is_silence_and_counted():
    floor = FloorAudio()
    assert samples(floor.take(frame(3, 7))) == [0, 0, 0, 7]
    assert floor.gap == 3


def test_a_long_gap_comes_in_slices():
    floor = FloorAudio()
    pieces = list(floor.take(frame(40_000, 7)))
    assert max(len(piece) for piece in pieces) <= 32_000
    assert len(samples(pieces)) == 40_001


def test_markers_have_no_sound():
    floor = FloorAudio()
    assert list(floor.take(marker(0))) == []
    assert floor.position == 0


async def test_the_wav_has_the_length_of_the_session():
    file = io.BytesIO()
    floor = await write_wav(each(frame(0, 1, 2), marker(2), frame(4, 5)), file)  # type: ignore[arg-type]  # audio
    file.seek(0)
    with wave.open(file) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        assert samples([wav.readframes(9)]) == [1, 2, 0, 0, 5]
    assert (floor.position, floor.gap) == (5, 2)


async def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path):
    """Nothing complains again when the writer is collected: pytest would fail for that."""
    with pytest.raises(FileNotFoundError):
        await write_wav(each(), tmp_path / "gone" / "talk.wav")
    gc.collect()


def transcript(segment: int, revision: int, text: str, *, final: bool = True, language: str = "en") -> Transcript:
    return Transcript(
        segment=segment,
        until=segment + revision,
        start=segment,
        end=segment,
        spoken_at=0,
        final=final,
        revision=revision,
        language=language,
        engine="",
        text=text,
    )


async def test_the_text_is_the_finals_in_order_each_in_its_last_revision():
    texts = await finals(
        each(  # type: ignore[arg-type]  # segments
            transcript(9, 1, "second"),
            transcript(0, 1, "open", final=False),
            transcript(0, 2, "first"),
            transcript(0, 2, "the same again"),
            transcript(9, 3, "second, better"),
            transcript(20, 1, "otro", language="es"),
        ),
        "en",
    )
    assert [text.text for text in texts] == ["first", "second, better"]
