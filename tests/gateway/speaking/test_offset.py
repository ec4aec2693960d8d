"""The speaker's clock."""

from gateway.speaking.offset import WINDOW_MS, ClockOffset

AHEAD = 3_600_000
NOW = 1_700_000_000_000


def test_a_clock_that_is_an_hour_ahead_makes_no_difference() -> None:
    offset = ClockOffset()
    assert offset.captured_at(NOW + AHEAD - 100, 100, NOW) == NOW - 100


def test_the_quickest_message_tells_the_offset_and_slow_ones_were_captured_earlier() -> None:
    offset = ClockOffset()
    offset.observe(NOW + AHEAD, NOW + 5)
    assert offset.captured_at(NOW + AHEAD + 1000, 100, NOW + 1800) == NOW + 1005


def test_audio_that_is_sent_again_keeps_its_time() -> None:
    offset = ClockOffset()
    offset.observe(NOW + 1000, NOW + 1000)
    assert offset.captured_at(NOW - 30_000, 100, NOW + 1100) == NOW - 30_000


def test_nothing_is_captured_in_the_future() -> None:
    offset = ClockOffset()
    offset.captured_at(NOW, 100, NOW)
    assert offset.captured_at(NOW + 50_000, 100, NOW + 200) == NOW + 100


def test_one_mistaken_time_does_not_make_what_follows_look_old() -> None:
    offset = ClockOffset()
    offset.captured_at(10**15, 100, NOW)
    assert offset.captured_at(NOW, 100, NOW + 100) == NOW


def test_a_clock_that_was_set_back_is_followed_at_once() -> None:
    offset = ClockOffset()
    offset.captured_at(NOW + 20_000, 100, NOW + 100)
    assert offset.captured_at(NOW + 100, 100, NOW + 200) == NOW + 100


def test_a_clock_that_was_set_back_in_silence_is_followed_after_the_window() -> None:
    offset = ClockOffset()
    offset.observe(NOW + AHEAD, NOW)
    later = NOW + WINDOW_MS + 1000
    assert offset.captured_at(later - 100, 100, later) == later - 100
