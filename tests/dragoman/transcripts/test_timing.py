"""Times of a file: of the speech, or of the room."""

import json

import pytest

from dragoman.transcripts.formats import Transcribed, written
from dragoman.transcripts.timing import Clocks, Pause, Timing, pauses, seconds, timed
from tests.dragoman.transcripts.spoken import SECOND, SESSION, said_of, transcript

BEGAN = 1_700_000_000_000
"""When the first sample was captured."""
TALK = said_of(
    transcript(0, "Before.", spoken_at=BEGAN + 2_000),
    transcript(2 * SECOND, "Still before.", spoken_at=BEGAN + 4_300),  # 0.3 s are how exactly clocks agree
    transcript(4 * SECOND, "", outcome="skipped", reason="jump"),
    transcript(6 * SECOND, "After five minutes.", spoken_at=BEGAN + 308_000),
    transcript(8 * SECOND, "And on.", spoken_at=BEGAN + 310_000),
)
STARTS = [0, 2, 4, 6, 8]


def starts(timing: Timing) -> list[float]:
    return [moved.start / SECOND for _, moved in timed(TALK, timing, Clocks(TALK))]


def file(form: str, **timing: object) -> str:
    return written(Transcribed(SESSION, "en", TALK, Timing(**timing)), form).decode()  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (Timing(), STARTS),
        (Timing("wall"), [0, 2, 4, 306, 308]),
        (Timing("wall", -305), [1, 3]),
        (Timing("media", 10), [10, 12, 14, 16, 18]),
        (Timing("media", 0, 3, 6.5), [2, 4, 6]),
        (Timing("wall", -300, 0, 7), [6]),
        (Timing("wall", 0, 306.5), [306, 308]),
    ],
)
def test_what_is_written_and_when(timing: Timing, expected: list[float]) -> None:
    assert starts(timing) == expected


def test_a_pause_is_where_the_room_went_on_and_the_speech_did_not() -> None:
    clocks = Clocks(TALK)
    assert clocks.pauses == [Pause(6 * SECOND, 300 * SECOND)]
    assert clocks.started_at == BEGAN
    assert list(pauses(Timing("wall", 0, 310), clocks)) == []
    assert list(pauses(Timing("wall"), clocks)) == [Pause(306 * SECOND, 300 * SECOND)]


def test_pauses_are_marked_in_every_file_that_can_hold_a_mark() -> None:
    assert "Still before.\n\n[missing: the service was too far behind]\n\n[pause of 5:00]\n\nAfter" in file("txt")
    assert "NOTE pause of 5:00\n\n00:05:06.000 --> 00:05:08.000\nAfter five minutes." in file("vtt", clock="wall")
    assert "pause" not in file("srt")
    assert "00:05:06,000 --> 00:05:08,000\nAfter five minutes." in file("srt", clock="wall")


@pytest.mark.parametrize("clock", ["media", "wall"])
def test_json_has_both_times_whichever_is_asked_for(clock: str) -> None:
    content = json.loads(file("json", clock=clock, offset=1))
    assert content["startedAt"] == BEGAN
    assert content["pauses"] == [{"startMs": 7_000, "wallStartMs": 7_000, "durationMs": 300_000}]
    after = content["segments"][3]
    assert (after["startMs"], after["endMs"]) == (7_000, 9_000)
    assert (after["wallStartMs"], after["wallEndMs"]) == (307_000, 309_000)


def test_nothing_is_known_of_the_room_where_nobody_spoke() -> None:
    silent = said_of(transcript(0, "Old.", spoken_at=0))
    assert [moved for _, moved in timed(silent, Timing("wall"), Clocks(silent))] == silent
    assert Clocks(silent).started_at == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("1:30", 90), ("-0:01:30.5", -90.5), ("+2:00:00", 7200), ("", None), ("1:2:3:4", None), ("x", None)],
)
def test_times_are_read_as_people_write_them(text: str, expected: float | None) -> None:
    assert seconds(text) == expected
