"""What is shown when."""

import random

import pytest

from dragoman.transcripts.cues import LINES, WIDTH, cues, width, wrapped
from tests.dragoman.transcripts.spoken import SECOND, said_of, transcript

LONG = " ".join(f"word{number}" for number in range(60))
SCRIPTS = {
    "English": LONG,
    "Chinese": "今日は良い天気ですね。昨日は雨が降っていましたが、「今日は」晴れています。" * 5,
    "Arabic": "مرحبا بكم في هذا العرض التقديمي عن الترجمة الفورية " * 6,
    "Thai": "สวัสดีครับวันนี้เราจะมาพูดเกี่ยวกับการแปลภาษา" * 5,
    "accents": "e\u0301" * 300,
    "no spaces": "x" * 500,
    "families": "👨\u200d👩\u200d👧" * 60,
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_long_text_is_several_cues_of_two_lines_and_loses_nothing(text: str):
    shown = list(cues(said_of(transcript(0, text, seconds=30))))
    assert len(shown) > 1
    assert all(1 <= len(cue.lines) <= LINES and all(0 < width(line) <= WIDTH for line in cue.lines) for cue in shown)
    assert "".join("".join(cue.lines) for cue in shown).replace(" ", "") == text.replace(" ", "")
    assert (shown[0].start_ms, shown[-1].end_ms) == (0, 30_000)


def test_the_time_of_a_long_text_is_shared_by_its_length():
    shown = list(cues(said_of(transcript(0, LONG, seconds=30))))
    speeds = [sum(map(width, cue.lines)) / (cue.end_ms - cue.start_ms) for cue in shown]
    assert max(speeds) < 1.1 * min(speeds)


def test_no_line_begins_with_a_closing_mark_or_an_accent_or_ends_with_an_opening_one():
    full = "日日。" * 40  # a mark just where a line would be full
    for text in (SCRIPTS["Chinese"], SCRIPTS["accents"], SCRIPTS["Thai"], full):
        lines = wrapped(text)
        assert not any(line[0] in "。、」\u0301ัิี่้" for line in lines)
        assert not any(line[-1] == "「" for line in lines)


def test_the_last_line_is_not_a_word_alone():
    assert wrapped("one two three four five six seven eight nine") == [
        "one two three four five",
        "six seven eight nine",
    ]


def test_cues_follow_each_other_and_none_has_no_length_whatever_the_times_are():
    rng = random.Random(4)
    segments, position = [], 0
    for _ in range(300):
        length = rng.randint(1, 40_000)
        start = rng.randint(position - 8000, position + 8000)
        text = " ".join(["word"] * rng.randint(0, 40))
        ends = {"start": max(0, start), "end": max(0, rng.randint(start - 500, start + 30_000))}
        segments.append(transcript(position, text, until=position + length, **ends))
        position += length
    before = 0
    for cue in cues(said_of(*segments)):
        assert before <= cue.start_ms <= cue.end_ms - 100
        before = cue.end_ms


def test_neighbouring_holes_for_one_reason_are_shown_once_from_the_first_to_the_last():
    shown = cues(
        said_of(
            transcript(0, "", outcome="skipped", reason="no-audience"),
            transcript(2 * SECOND, "", outcome="skipped", reason="no-audience", start=2 * SECOND, end=2 * SECOND),
            transcript(4 * SECOND, "", outcome="failed", reason="engine"),
            transcript(6 * SECOND, "Here."),
        )
    )
    assert [(cue.start_ms, cue.end_ms, cue.lines) for cue in shown] == [
        (0, 4000, ("[missing: nobody listened]",)),
        (4000, 6000, ("[missing: the engine failed]",)),
        (6000, 8000, ("Here.",)),
    ]


def test_silence_is_not_shown():
    assert not list(cues(said_of(transcript(0, "  "), transcript(2 * SECOND, ""))))


def test_an_empty_line_or_a_control_character_in_a_text_does_not_end_a_cue():
    (cue,) = cues(said_of(transcript(0, "one\n\ntwo\u2028three\x00 four\r\n")))
    assert cue.lines == ("one two three four",)
