"""What is read of a stretch of audio, with a model that reads what it is told."""

from typing import Any

import pytest

from workers.transcribe.engines.whisper.reading import NOTHING, Reading, ReadWord, read, stuck


def reading(text: str, tokens: tuple[int, ...] = (), **rest: Any) -> Reading:
    return Reading(
        tuple(ReadWord(f" {word}") for word in text.split()), tokens or tuple(range(len(text.split()))), **rest
    )


class FakeReader:
    """Gives one reading after the other; the last one for ever."""

    def __init__(self, *readings: Reading) -> None:
        self._readings = list(readings)
        self.asked: list[tuple[float, float, int]] = []

    def read(
        self, pcm: bytes, context_s: float, language: str, beams: int, enough_s: float, most_tokens: int
    ) -> Reading:
        self.asked.append((context_s, enough_s, most_tokens))
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]

    def places(self, reading: Reading, language: str) -> list[tuple[float, float, float]]:
        return []

    def language(self, pcm: bytes) -> str:
        return "en"

    def language_of(self, reading: Reading) -> tuple[str, float]:
        return "en", 1.0


def seconds(count: float) -> bytes:
    return bytes(2 * round(16_000 * count))


FINE = reading("tear a thin sheet from the yellow pad", sureness=-0.3)
LOOP = reading("so so so so so so so", tokens=(7,) * 7)


@pytest.mark.parametrize(("length_s", "context_s"), [(1, 8), (6, 8), (7.5, 9.5), (10, 12)])
def test_silence_follows_the_audio_and_there_is_a_least_of_both(length_s: float, context_s: float) -> None:
    reader = FakeReader(FINE)
    assert read(reader, seconds(length_s), "en", 1) == FINE
    assert reader.asked == [(context_s, length_s - 0.6, round(7 * length_s) + 8)]


@pytest.mark.parametrize(("language", "most"), [("pt", 78), ("zh", 200), ("hi", 200)])
def test_where_letters_take_more_tokens_more_of_them_are_taken(language: str, most: int) -> None:
    reader = FakeReader(FINE)
    read(reader, seconds(10), language, 1)
    assert reader.asked[0][2] == most


def test_a_model_that_is_stuck_is_asked_once_more_with_more_silence() -> None:
    reader = FakeReader(LOOP, FINE)
    assert read(reader, seconds(4), "en", 1) == FINE
    assert [context_s for context_s, *_ in reader.asked] == [8, 16]
    reader = FakeReader(LOOP)
    assert read(reader, seconds(4), "en", 1) == NOTHING
    assert len(reader.asked) == 2


def test_it_never_hears_more_than_it_can() -> None:
    reader = FakeReader(LOOP)
    read(reader, seconds(29), "en", 1)
    assert [context_s for context_s, *_ in reader.asked] == [30, 30]


@pytest.mark.parametrize(
    ("sureness", "no_speech", "believed"),
    [
        (-1.18, 0.0, True),  # the least sure of what was spoken
        (-1.47, 0.0, False),  # the surest of recorded noise
        (-0.84, 0.92, True),  # digits
        (-1.08, 0.95, False),  # silence
        (-1.3, 0.5, True),
    ],
)
def test_what_the_model_is_not_sure_of_is_not_believed(sureness: float, no_speech: float, believed: bool) -> None:
    found = reading("Thank you.", sureness=sureness, no_speech=no_speech)
    assert (read(FakeReader(found), seconds(2), "en", 1) == found) == believed


@pytest.mark.parametrize(
    ("tokens", "looping"),
    [
        ((5,) * 5, False),
        ((5,) * 6, True),
        ((5, 6) * 3, False),
        ((1, 2, *(5, 6) * 4), True),
        ((5, 6, 7) * 2, False),
        ((9, *(5, 6, 7) * 3, 9), True),
        (tuple(range(12)) * 3, True),
        (tuple(range(30)), False),
    ],
)
def test_the_same_again_and_again_is_a_loop(tokens: tuple[int, ...], looping: bool) -> None:
    assert stuck(Reading(tokens=tokens), most_tokens=100) == looping


def test_so_is_text_that_hardly_says_anything_or_does_not_end() -> None:
    assert stuck(reading("and so it goes on " * 40, tokens=tuple(range(50))), most_tokens=100)
    assert stuck(Reading(tokens=tuple(range(40))), most_tokens=40)
