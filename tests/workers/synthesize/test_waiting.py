"""A voice is behind by its own time only."""

from workers.synthesize.waiting import WaitingForVoice


def test_each_translation_waits_for_what_the_voice_took_longer_than_the_speaker() -> None:
    waiting = WaitingForVoice()
    waits = []
    for number in range(4):
        waits.append(waiting.of(2_000 * number))
        waiting.spoke(1_500)
        waiting.spoke(1_500)
    assert waits == [0, 1_000, 2_000, 3_000]


def test_a_pause_lets_it_catch_up_and_makes_nothing_good_for_later() -> None:
    waiting = WaitingForVoice()
    waiting.of(0)
    waiting.spoke(5_000)
    assert [waiting.of(at) for at in (1_000, 60_000, 60_000)] == [4_000, 0, 0]
    waiting.spoke(5_000)
    assert waiting.of(60_000) == 5_000


def test_times_that_go_back_do_not_matter() -> None:
    waiting = WaitingForVoice()
    waiting.of(10_000)
    waiting.spoke(-500)
    assert [waiting.of(at) for at in (4_000, 4_000)] == [0, 0]
