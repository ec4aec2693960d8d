"""When a warning is due."""

from gateway.speaking.alarms import AGAIN_S, Alarm, Alarms
from gateway.speaking.quality import Measured


def due(alarm: Alarm, marks: str) -> str:
    """`!` for each second with a warning; b: bad, g: good, -: neither."""
    return "".join("!" if alarm.due(n, bad=mark == "b", good=mark == "g") else "." for n, mark in enumerate(marks))


def test_it_is_due_when_it_was_bad_for_long_enough() -> None:
    assert due(Alarm(3), "gbbgbbbb") == "......!."


def test_what_is_neither_good_nor_bad_neither_begins_nor_ends_it() -> None:
    assert due(Alarm(2), "b---b") == "....!"
    assert due(Alarm(2), "b-g-b") == "....."
    assert due(Alarm(1), "-----") == "....."


def test_it_is_due_again_after_half_a_minute_and_only_while_it_is_bad() -> None:
    assert due(Alarm(1), "b" * (AGAIN_S + 1)) == "!" + "." * (AGAIN_S - 1) + "!"
    assert due(Alarm(1), "b" + "-" * AGAIN_S + "b") == "!" + "." * AGAIN_S + "!"
    assert due(Alarm(1), "bgbgb") == "!...."


def test_each_kind_has_its_own_time() -> None:
    alarms = Alarms()
    bad = Measured(
        seconds=20, level_db=-20, snr_db=12, clipping=0.1, clipped_runs=9, silent_s=0, heard=True, whole=True
    )
    found = [[w.code for w in alarms.hear(bad._replace(seconds=20 + n), 0.9 if n == 6 else None)] for n in range(8)]
    assert found == [["clipping"], [], [], [], ["noise"], [], ["echo"], []]


def test_noise_is_judged_by_a_whole_window_with_speech_in_it() -> None:
    alarms = Alarms()
    short = Measured(seconds=5, level_db=-20, snr_db=9, clipping=0, clipped_runs=0, silent_s=0, heard=True, whole=False)
    for n in range(20):
        assert alarms.hear(short._replace(seconds=n), None) == []
        assert alarms.hear(short._replace(seconds=n, whole=True, snr_db=None), None) == []
