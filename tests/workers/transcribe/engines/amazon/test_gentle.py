"""The client library does not spin while there is no audio."""

import asyncio
import time

import pytest

from tests.workers.transcribe.engines.amazon.conftest import Make
from tests.workers.transcribe.engines.amazon.test_recogniser import silence
from tests.workers.transcribe.engines.speech import feed
from workers.transcribe.engines.amazon.gentle import GentleStream


async def test_while_it_waits_for_audio_it_looks_at_most_a_thousand_times_a_second(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the sleep it looks as often as it can: tens of thousands of times."""
    looks: list[float] = []
    read = GentleStream.read

    def counted(stream: GentleStream, size: int | None = -1) -> bytes:
        looks.append(time.monotonic())
        return read(stream, size)

    monkeypatch.setattr(GentleStream, "read", counted)
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, silence(0.1))
    looks.clear()
    began = time.monotonic()
    await asyncio.sleep(0.3)
    assert 0 < len(looks) <= 1_000 * (time.monotonic() - began) + 10
    await recognition.close()


def test_what_is_there_is_read_and_what_is_not_raises() -> None:
    stream = GentleStream()
    stream.write(b"abc")
    assert stream.read(2) == b"ab"
    assert stream.read(None) == b"c"
    with pytest.raises(BlockingIOError):
        stream.read()
    stream.end_stream()
    assert stream.read() == b""
