"""The checker finds each kind of wrong: else its verdict would be worth nothing."""

from dataclasses import replace

from tests.chaos.checker import Final, Heard, Spoken, check_captions, check_speech, longest_pause

UNTIL = 80_000


def final(segment: int, until: int, outcome: str = "ok", at: float = 0.0) -> Final:
    return Final(at, segment, until, f"{segment} to {until}" if outcome == "ok" else "", outcome)


def whole() -> list[Final]:
    return [final(0, 32_000), final(32_000, 64_000), final(64_000, 80_000)]


def heard(*finals: Final, ended: bool = True) -> Heard:
    return Heard("calm-otter-421 es", list(finals), ended=ended)


def test_a_session_that_was_received_whole_is_fine() -> None:
    tally = check_captions(heard(*whole()), UNTIL)
    assert (tally.sent, tally.once, tally.bad, tally.complaints) == (3, 3, 0, [])


def test_a_caption_that_never_came_is_missing() -> None:
    first, _, last = whole()
    tally = check_captions(heard(first, last), UNTIL)
    assert (tally.missing, tally.sent, tally.once) == (1, 3, 2)
    assert "32000 to 64000" in tally.complaints[0]


def test_last_words_that_never_came_are_missing() -> None:
    assert check_captions(heard(*whole()[:2]), UNTIL).missing == 1


def test_a_session_whose_end_nobody_was_told_is_wrong() -> None:
    assert check_captions(heard(*whole(), ended=False), UNTIL).bad == 1


def test_a_hole_that_was_announced_is_none() -> None:
    first, second, last = whole()
    skipped = replace(second, outcome="skipped", text="", reason="jump")
    tally = check_captions(heard(first, skipped, last), UNTIL)
    assert (tally.announced, tally.once, tally.bad) == (1, 2, 0)


def test_what_the_client_said_it_missed_is_announced_there_and_nowhere_else() -> None:
    first, _, last = whole()
    there, elsewhere = heard(first, last), heard(first, last)
    there.missed_before.append(1)
    elsewhere.missed_before.append(0)
    assert (check_captions(there, UNTIL).bad, check_captions(there, UNTIL).announced) == (0, 1)
    assert check_captions(elsewhere, UNTIL).missing == 1


def test_a_caption_that_came_twice_is_repeated() -> None:
    first, second, last = whole()
    tally = check_captions(heard(first, second, second, last), UNTIL)
    assert (tally.repeated, tally.missing) == (1, 0)


def test_captions_in_another_order_are_wrong() -> None:
    first, second, last = whole()
    assert check_captions(heard(first, last, second), UNTIL).disordered == 1


def test_a_second_version_of_the_same_speech_is_wrong() -> None:
    first, second, last = whole()
    assert check_captions(heard(first, second, final(48_000, 64_000), last), UNTIL).disordered == 1


def test_the_words_of_another_span_are_wrong() -> None:
    first, second, last = whole()
    assert check_captions(heard(first, replace(second, text="0 to 32000"), last), UNTIL).wrong == 1
    assert check_captions(heard(first, replace(second, text="real words"), last), UNTIL, scripted=False).bad == 0


def spoken(segment: int, outcome: str = "ok") -> Spoken:
    return Spoken(0.0, segment, 0, outcome)


def test_speech_must_come_once_and_in_order_or_say_that_it_does_not() -> None:
    fine = heard(*whole())
    fine.spoken = [spoken(0), spoken(32_000, "skipped"), spoken(64_000)]
    tally = check_speech(fine)
    assert (tally.sent, tally.once, tally.announced, tally.bad) == (3, 2, 1, 0)


def test_speech_that_is_missing_repeated_or_out_of_order_is_wrong() -> None:
    for places, wrong in (
        ([0, 64_000], "missing"),
        ([0, 32_000, 32_000, 64_000], "repeated"),
        ([0, 64_000, 32_000], "disordered"),
    ):
        bad = heard(*whole())
        bad.spoken = [spoken(segment) for segment in places]
        assert getattr(check_speech(bad), wrong) == 1


def test_the_longest_pause_is_looked_for_around_the_fault() -> None:
    times = [final(0, 1, at=at) for at in (0, 2, 4, 9, 11, 20)]
    assert longest_pause(heard(*times), 5, 10) == 5
    assert longest_pause(heard(*times), 30, 40) is None
