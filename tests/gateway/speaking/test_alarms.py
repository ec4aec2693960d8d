"""When a warning is due."""

from gateway.speaking.alarms import AGAIN_S, Alarm, Alarms
from gateway.speaking.quality import Measured

FINE = Measured(
    seconds=20,
    level_db=-20,
    snr_db=40,
    clipping=0,
    clipped_runs=0,
    quiet=False,
    silent_s=0,
    heard=True,
    whole=True,
)


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
    bad = FINE._replace(seconds=20, snr_db=12, clipping=0.1, clipped_runs=9)
    found = [[w.code for w in alarms.hear(bad._replace(seconds=20 + n), 0.9 if n == 6 else None)] for n in range(8)]
    assert found == [["clipping"], [], [], [], ["noise"], [], ["echo"], []]


def test_noise_is_judged_by_a_whole_window_with_speech_in_it() -> None:
    alarms = Alarms()
    short = FINE._replace(seconds=5, snr_db=9, whole=False)
    for n in range(20):
        assert alarms.hear(short._replace(seconds=n), None) == []
        assert alarms.hear(short._replace(seconds=n, whole=True, snr_db=None), None) == []


def test_a_soft_voice_is_told_after_a_while_of_whole_windows_and_a_pause_in_it_changes_nothing() -> None:
    def told(*levels_db: float, whole: bool = True) -> list[int]:
        alarms = Alarms()
        soft = [FINE._replace(seconds=n, level_db=level, quiet=level < -48) for n, level in enumerate(levels_db)]
        return [n for n, each in enumerate(soft) if alarms.hear(each._replace(whole=whole), None)]

    assert told(*[-60] * 30) == [9]
    assert told(*[-60] * 30, whole=False) == []
    assert told(*[-60] * 5, *[-47] * 5, *[-60] * 6) == [14]
    assert told(*[-60] * 9, -30, *[-60] * 9) == []
