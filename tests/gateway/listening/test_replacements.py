"""Whether one listener has a bad network, or two share a token."""

from gateway.listening.replacements import OFTEN, WITHIN_S, Replacements


def test_only_who_is_replaced_again_and_again_within_a_short_time_is_more_than_one() -> None:
    now = 0.0
    replacements = Replacements(lambda: now)
    for _ in range(OFTEN - 1):
        replacements.note("a")
    replacements.note("b")
    assert not replacements.often("a")
    replacements.note("a")
    assert replacements.often("a")
    assert not replacements.often("b")
    now = WITHIN_S
    assert not replacements.often("a")


def test_what_is_long_over_is_forgotten() -> None:
    now = 0.0
    replacements = Replacements(lambda: now)
    for number in range(100):
        now += WITHIN_S
        replacements.note(str(number))
    assert len(replacements._times) == len(replacements._newest) == 1
