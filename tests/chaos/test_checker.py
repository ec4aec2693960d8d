"""The checker finds each kind of wrong, and calls nothing wrong that was announced."""

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.notes import Broke, Ended, Fill, Final, Gap, Heard, Note, Sent, Spoken
from tests.chaos.verdict import Verdict

FRAME = 1_600
STEP = 32_000


def sent(utterances: int = 4) -> Sent:
    """A speaker who spoke so many utterances, of which all is acknowledged."""
    slices = [(until, until / 16_000) for until in range(FRAME, utterances * STEP + 1, FRAME)]
    return Sent("s", slices, acknowledged=utterances * STEP)


def final(number: int, **other: object) -> Final:
    """The final of one utterance."""
    begin, until = number * STEP, (number + 1) * STEP
    return replace(Final(begin, until, f"{begin} to {until}", "ok", until / 16_000 + 0.5), **other)  # type: ignore[arg-type]


def heard(*notes: Note, speech: bool = False, late: bool = False) -> Heard:
    """A listener who noted this, and the end."""
    return Heard("s", "es", speech, late=late, notes=[*notes, Ended(99.0)])


def spoken(number: int, part: int = 0) -> Spoken:
    """Speech of one utterance."""
    return Spoken(number * STEP, part, True, "ok", 1.0)


def kinds(verdict: Verdict) -> set[str]:
    """What was wrong."""
    return {wrong.kind for wrong in verdict.wrongs}


def outcomes(verdict: Verdict) -> list[str]:
    """What became of the utterances."""
    return [fate.outcome for fate in verdict.fates]


FINALS = [final(number) for number in range(4)]


def test_a_session_without_a_fault_is_all_right() -> None:
    verdict = check(sent(), [heard(*FINALS)])
    assert verdict.wrongs == []
    assert outcomes(verdict) == ["once"] * 4
    assert [fate.delay_s for fate in verdict.fates] == [0.5] * 4


@pytest.mark.parametrize("lost", range(4))
def test_a_final_that_never_came_is_missing(lost: int) -> None:
    verdict = check(sent(), [heard(*FINALS[:lost], *FINALS[lost + 1 :])])
    assert kinds(verdict) == {"missing"}
    assert outcomes(verdict)[lost] == "missing"
    assert outcomes(verdict).count("once") == 3


def test_a_listener_who_was_given_nothing_misses_everything() -> None:
    assert outcomes(check(sent(), [heard()])) == ["missing"] * 4


def test_a_final_that_came_twice_is_repeated() -> None:
    assert kinds(check(sent(), [heard(*FINALS[:2], FINALS[1], *FINALS[2:])])) == {"repeated"}


def test_two_cuts_of_the_same_speech_are_repeated() -> None:
    other = Final(48_000, 64_000, "48000 to 64000", "ok", 5.0)
    assert kinds(check(sent(), [heard(*FINALS[:2], other, *FINALS[2:])])) == {"repeated"}


def test_finals_that_change_places_are_out_of_order() -> None:
    assert "disordered" in kinds(check(sent(), [heard(FINALS[0], FINALS[2], FINALS[1], FINALS[3])]))


def test_a_text_that_is_not_that_of_its_span_is_untrue() -> None:
    wrong = final(1, text="0 to 64000")
    assert kinds(check(sent(), [heard(FINALS[0], wrong, *FINALS[2:])])) == {"untrue"}


def test_a_hole_in_the_middle_of_an_utterance_is_missing() -> None:
    short = final(1, segment=40_000, text="40000 to 64000")
    verdict = check(sent(), [heard(FINALS[0], short, *FINALS[2:])])
    assert kinds(verdict) == {"missing"}
    assert outcomes(verdict) == ["once", "missing", "once", "once"]


def test_what_was_announced_is_not_missing() -> None:
    told = heard(FINALS[0], Gap("captions", 4.5), *FINALS[2:])
    skipped = heard(FINALS[0], final(1, outcome="skipped", text=""), *FINALS[2:])
    for listener in (told, skipped):
        verdict = check(sent(), [listener])
        assert verdict.wrongs == []
        assert outcomes(verdict) == ["once", "announced", "once", "once"]


def test_a_notice_covers_only_the_place_where_it_stands() -> None:
    verdict = check(sent(5), [heard(FINALS[0], Gap("captions", 10.0), FINALS[2], final(4))])
    assert outcomes(verdict) == ["once", "announced", "once", "missing", "once"]


def test_a_notice_excuses_nothing_that_was_spoken_after_it() -> None:
    at_4 = Gap("captions", 4.0)
    assert outcomes(check(sent(), [heard(FINALS[0], at_4)])) == ["once", "announced", "missing", "missing"]
    assert outcomes(check(sent(), [heard(FINALS[0], at_4, FINALS[3])])) == ["once", "announced", "missing", "once"]
    assert outcomes(check(sent(), [heard(Gap("captions", 0.0))])) == ["missing"] * 4


def test_a_notice_about_speech_excuses_no_caption() -> None:
    assert kinds(check(sent(), [heard(FINALS[0], Gap("speech", 6.0), *FINALS[2:])])) == {"missing"}


def test_what_was_not_acknowledged_need_not_come() -> None:
    speaker = sent()
    speaker.acknowledged = 2 * STEP
    assert check(speaker, [heard(*FINALS[:2])]).wrongs == []


def test_a_pause_cuts_an_utterance_and_what_was_muted_need_not_come() -> None:
    speaker = sent(2)
    speaker.breaks = {0, 16_000, 48_000}
    speaker.muted = set(range(48_000 + FRAME, 56_000 + 1, FRAME))
    utterances = [(one.begin, one.until) for one in speaker.utterances()]
    assert utterances == [(0, 16_000), (16_000, 48_000), (56_000, 64_000)]


def test_one_who_comes_late_need_not_have_what_was_before() -> None:
    verdict = check(sent(), [heard(*FINALS[2:], late=True)])
    assert verdict.wrongs == []
    assert outcomes(verdict) == ["once", "once"]
    assert kinds(check(sent(), [heard(*FINALS[2:])])) == {"missing"}


def test_what_was_history_for_one_who_came_late_is_not_late() -> None:
    late = heard(*FINALS, late=True)
    late.joined_at = 5.0
    assert [fate.delay_s for fate in check(sent(), [late]).fates] == [None, None, 0.5, 0.5]


def test_of_real_speech_a_word_that_was_cut_off_need_not_come_but_a_longer_one_must() -> None:
    for samples, expected in ((FRAME, set[str]()), (STEP // 2, {"missing"})):
        speaker = sent(2)
        speaker.slices.append((2 * STEP + samples, 5.0))
        speaker.acknowledged = 2 * STEP + samples
        listener = replace(heard(*(final(number, text="words") for number in range(2))), exact=False)
        assert kinds(check(speaker, [listener])) == expected


def test_speech_must_come_once_and_in_order() -> None:
    one, two = [*FINALS[:2]], sent(2)
    assert check(two, [heard(*one, spoken(0), spoken(1), speech=True)]).wrongs == []
    assert kinds(check(two, [heard(*one, spoken(0), speech=True)])) == {"missing"}
    assert kinds(check(two, [heard(*one, spoken(0), spoken(0), spoken(1), speech=True)])) == {"repeated"}
    assert kinds(check(two, [heard(*one, spoken(1), spoken(0), speech=True)])) == {"disordered"}


def test_of_speech_each_part_must_come_once_and_behind_the_one_before() -> None:
    first, last = replace(spoken(0), last=False), spoken(0, 1)
    assert check(sent(1), [heard(FINALS[0], first, last, speech=True)]).wrongs == []
    assert kinds(check(sent(1), [heard(FINALS[0], first, speech=True)])) == {"missing"}
    assert kinds(check(sent(1), [heard(FINALS[0], last, speech=True)])) == {"missing"}
    assert kinds(check(sent(1), [heard(FINALS[0], first, first, last, speech=True)])) == {"repeated"}
    assert check(sent(1), [heard(FINALS[0], Gap("speech", 4.0), last, speech=True)]).wrongs == []
    hole = replace(last, outcome="skipped")  # it stands behind all parts that there may be
    assert check(sent(1), [heard(FINALS[0], hole, speech=True)]).wrongs == []


def test_what_was_said_in_the_language_of_a_listener_needs_no_voice() -> None:
    said = final(1, said="es")
    assert check(sent(2), [heard(FINALS[0], said, spoken(0), speech=True)]).wrongs == []


def test_speech_that_was_skipped_is_announced() -> None:
    skipped = Spoken(STEP, 0, False, "skipped", 1.0)
    assert check(sent(2), [heard(*FINALS[:2], spoken(0), skipped, speech=True)]).wrongs == []


def test_a_notice_about_speech_excuses_only_what_is_missing_around_it() -> None:
    at_4 = Gap("speech", 4.0)
    around = heard(*FINALS, spoken(0), at_4, spoken(2), spoken(3), speech=True)
    assert check(sent(), [around]).wrongs == []
    for parts in ([spoken(0), at_4, spoken(2)], [spoken(0), spoken(1), at_4, spoken(3)], [spoken(0), at_4]):
        verdict = check(sent(), [heard(*FINALS, *parts, speech=True)])
        assert kinds(verdict) == {"missing"}, parts
    assert [wrong.segment for wrong in verdict.wrongs] == [2 * STEP, 3 * STEP]


def test_speech_whose_last_part_was_lost_is_announced_by_the_notice_behind_it() -> None:
    begun = replace(spoken(0), last=False)
    assert check(sent(2), [heard(*FINALS[:2], begun, Gap("speech", 4.0), spoken(1), speech=True)]).wrongs == []
    assert kinds(check(sent(2), [heard(*FINALS[:2], begun, spoken(1), speech=True)])) == {"missing"}


def test_a_client_that_gave_up_or_was_not_told_the_end_is_broken() -> None:
    gave_up = replace(heard(), notes=[*FINALS, Broke("GatewayUnreachable", 9.0)])
    not_told = replace(heard(), notes=[*FINALS])
    for listener in (gave_up, not_told):
        assert kinds(check(sent(), [listener])) == {"broken"}
    speaker = sent()
    speaker.trouble = "SocketClosed"
    assert kinds(check(speaker, [heard(*FINALS)])) == {"broken"}


HOLE = Final(STEP, 3 * STEP, "", "skipped", 5.0, "jump")
AROUND = [FINALS[0], HOLE, FINALS[3]]


def fill(segment: int, until: int, revision: int, **other: object) -> Fill:
    """A tile of the hole that came late."""
    return replace(Fill(segment, revision, f"{segment} to {until}", "ok", "", 20.0), **other)  # type: ignore[arg-type]


def with_fills(*fills: Fill, reason: str = "jump") -> Verdict:
    """Of a listener with a hole."""
    listener = heard(*[replace(note, reason=reason) if note is HOLE else note for note in AROUND])
    listener.fills = list(fills)
    return check(sent(), [listener])


TILES = [fill(STEP, 2 * STEP, 2 * STEP + STEP), fill(2 * STEP, 3 * STEP, 2 * STEP + STEP)]


@pytest.mark.parametrize("reason", ["jump", "no-audience", "replaced"])
def test_a_hole_that_was_filled_is_no_loss_and_one_that_stays_is(reason: str) -> None:
    assert with_fills(*TILES, reason=reason).wrongs == []
    assert outcomes(with_fills(*TILES, reason=reason)) == ["once"] * 4
    for some in ([], TILES[:1], TILES[1:]):
        verdict = with_fills(*some, reason=reason)
        assert kinds(verdict) == {"missing"}
        assert verdict.wrongs[0].segment == STEP


def test_a_hole_of_another_reason_may_stay() -> None:
    assert with_fills(reason="engine").wrongs == []
    assert outcomes(with_fills(reason="engine")) == ["once", "announced", "announced", "once"]


def test_a_hole_that_is_filled_with_a_reason_that_may_stay_is_announced() -> None:
    assert with_fills(TILES[0], fill(2 * STEP, 0, 9, text="", outcome="skipped", reason="retention")).wrongs == []
    assert kinds(with_fills(fill(STEP, 0, 9, text="", outcome="skipped", reason="no-audience"))) == {"missing"}


def test_fills_must_touch_and_say_their_own_span() -> None:
    assert kinds(with_fills(fill(STEP, STEP + FRAME, 2 * STEP + FRAME), TILES[1])) == {"missing"}
    assert "untrue" in kinds(with_fills(replace(TILES[0], text="0 to 64000"), TILES[1]))


def test_of_two_fills_of_a_segment_the_higher_revision_counts_and_one_version_has_one_text() -> None:
    assert with_fills(fill(STEP, STEP + FRAME, 1), *TILES).wrongs == []
    assert with_fills(*TILES, *TILES).wrongs == [], "who looks again is given it again"
    assert "repeated" in kinds(with_fills(*TILES, replace(TILES[1], text="64000 to 96001")))


OVERTAKEN = replace(fill(STEP, 2 * STEP, STEP), until=2 * STEP)


def changing(*fills: Fill) -> Verdict:
    """Of a listener whose speaker changes the language, and to whom the second final came by none of the topics."""
    listener = replace(heard(FINALS[0], *FINALS[2:]), changing=True)
    listener.fills = list(fills)
    return check(sent(), [listener])


def test_what_the_other_topic_of_a_channel_overtook_may_come_late_in_its_own_place() -> None:
    assert changing(OVERTAKEN).wrongs == []
    assert outcomes(changing(OVERTAKEN)) == ["once"] * 4
    assert kinds(changing()) == {"missing"}
    assert kinds(changing(replace(OVERTAKEN, until=STEP + FRAME))) == {"missing"}
    listener = heard(FINALS[0], *FINALS[2:])
    listener.fills = [OVERTAKEN]
    assert kinds(check(sent(), [listener])) == {"missing"}, "where there is one topic nothing is overtaken"


def test_a_hole_that_came_late_must_be_filled_too() -> None:
    hole = replace(OVERTAKEN, text="", outcome="skipped", reason="no-audience")
    assert kinds(changing(hole)) == {"missing"}
    assert changing(hole, replace(OVERTAKEN, revision=STEP + 1)).wrongs == []


def test_a_final_holds_one_language_and_says_which() -> None:
    speaker = sent()
    speaker.languages = [(0, "en"), (2 * STEP, "es")]
    right = [replace(each, said="en" if each.segment < 2 * STEP else "es") for each in FINALS]
    assert check(speaker, [heard(*right)]).wrongs == []
    assert kinds(check(speaker, [heard(*right[:3], replace(right[3], said="en"))])) == {"untrue"}
    over = Final(STEP, 3 * STEP, f"{STEP} to {3 * STEP}", "ok", 9.0, said="en")
    assert kinds(check(speaker, [heard(right[0], over, right[3])])) == {"untrue"}
    speaker.muted = {end for end, _ in speaker.slices if 2 * STEP < end <= 3 * STEP}
    assert check(speaker, [heard(right[0], over, right[3])]).wrongs == [], "nothing was said there"
