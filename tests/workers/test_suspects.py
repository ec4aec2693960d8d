"""Which record ends the process again and again."""

import asyncio

from tests.workers.crash_memory import MemoryCrashes
from tests.workers.driving import Clock, everyone_waits, until
from workers.crashes import CONVICTED, SUSPECT, Place
from workers.suspects import AWAY_S, MOST_SUSPECTS, Suspects

A, B, C = (Place("transcripts", 0, offset) for offset in range(3))


def suspects(crashes: MemoryCrashes, clock: Clock | None = None) -> Suspects:
    return Suspects("translate", crashes, (clock or Clock()).seconds)


async def test_what_was_worked_on_at_a_crash_is_counted_when_the_process_starts_again() -> None:
    crashes = MemoryCrashes()
    first = suspects(crashes)
    await first.begin(A)
    await first.begin(B)
    first.finish(A)
    await first.flush()
    second = suspects(crashes)
    await second.start()
    assert (second.crashes(A), second.crashes(B)) == (0, 1)
    assert crashes.working == set()


async def test_a_clean_stop_counts_nothing() -> None:
    crashes = MemoryCrashes()
    first = suspects(crashes)
    await first.begin(A)
    await first.stop()
    second = suspects(crashes)
    await second.start()
    assert second.crashes(A) == 0


async def test_what_is_blamed_is_counted_alone() -> None:
    crashes = MemoryCrashes()
    first = suspects(crashes)
    await first.begin(A)
    await first.begin(B)
    await first.blame([B])
    second = suspects(crashes)
    await second.start()
    assert (second.crashes(A), second.crashes(B)) == (0, 1)


async def test_what_begins_or_is_being_noted_while_others_are_blamed_is_not_noted_any_more() -> None:
    crashes = MemoryCrashes()
    mine = suspects(crashes)
    crashes.gate.clear()
    writing = asyncio.create_task(mine.begin(A))
    await everyone_waits()
    blaming = asyncio.create_task(mine.blame(()))
    await everyone_waits()
    crashes.gate.set()
    await blaming
    await writing
    await mine.begin(B)
    assert crashes.working == set()


async def test_a_suspect_works_alone_and_only_it_is_noted() -> None:
    crashes = MemoryCrashes({A: 2})
    mine = suspects(crashes)
    await mine.start()
    await mine.begin(B)
    waiting = asyncio.create_task(mine.begin(A))
    await everyone_waits()
    assert not waiting.done()
    mine.finish(B)
    await waiting
    other = asyncio.create_task(mine.begin(C))
    await everyone_waits()
    assert not other.done()
    assert crashes.working == {A}
    mine.finish(A)
    await other
    assert crashes.working == {C}
    await until(lambda: A not in crashes.crashed)
    assert mine.crashes(A) == 0
    await mine.stop()


async def test_a_suspect_does_not_wait_for_ever_for_open_speech_of_others_which_is_not_noted_meanwhile() -> None:
    crashes = MemoryCrashes({A: 2})
    mine = Suspects("transcribe", crashes, Clock().seconds, at_rest_s=0.001)
    await mine.start()
    await mine.begin(B)
    await mine.begin(A)
    assert crashes.working == {A}
    mine.finish(A)
    await mine.flush()
    assert crashes.working == {B}
    await mine.stop()


async def test_a_suspect_that_does_no_harm_for_long_is_cleared_and_the_others_go_on() -> None:
    crashes = MemoryCrashes({A: 2})
    mine = Suspects("transcribe", crashes, Clock().seconds, alone_s=0.001)
    await mine.start()
    await mine.begin(A)
    await mine.begin(B)
    await until(lambda: not crashes.crashed)
    assert mine.crashes(A) == 0
    await mine.stop()


async def test_a_convict_whose_burial_lasts_stays_convicted_and_the_others_go_on() -> None:
    crashes = MemoryCrashes({A: CONVICTED})
    mine = Suspects("transcribe", crashes, Clock().seconds, alone_s=0.001)
    await mine.start()
    await mine.begin(A)
    await mine.begin(B)
    behind = asyncio.create_task(mine.begin(A))  # what comes behind it in its lane needs no turn of its own
    await everyone_waits()
    assert behind.done()
    assert crashes.crashed == {A: CONVICTED}
    assert mine.crashes(A) == CONVICTED
    await mine.stop()


async def test_two_suspects_take_turns() -> None:
    mine = suspects(MemoryCrashes({A: 2, B: 2}))
    await mine.start()
    await mine.begin(A)
    other = asyncio.create_task(mine.begin(B))
    await everyone_waits()
    assert not other.done()
    mine.finish(A)
    await other
    await mine.stop()


async def test_the_others_go_on_when_a_suspect_is_lost_to_another_process() -> None:
    crashes = MemoryCrashes({A: 2})
    mine = suspects(crashes)
    await mine.start()
    await mine.begin(A)
    other = asyncio.create_task(mine.begin(B))
    await everyone_waits()
    mine.leave(A)
    await other
    assert crashes.crashed == {A: 2}
    await mine.stop()


async def test_a_lane_that_is_cancelled_while_it_writes_for_all_takes_no_note_of_another_with_it() -> None:
    crashes = MemoryCrashes()
    mine = suspects(crashes)
    crashes.gate.clear()
    first = asyncio.create_task(mine.begin(A))
    other = asyncio.create_task(mine.begin(B))
    third = asyncio.create_task(mine.begin(C))
    await everyone_waits()
    first.cancel()
    await everyone_waits()
    other.cancel()
    await everyone_waits()
    crashes.gate.set()
    await third
    assert crashes.working == {A, B, C}
    await mine.stop()


async def test_a_note_that_was_never_answered_is_taken_back_when_its_place_is_left() -> None:
    crashes, clock = MemoryCrashes(), Clock()
    mine = suspects(crashes, clock)
    crashes.mute = True
    await mine.begin(A)
    assert crashes.working == {A}
    mine.leave(A)
    crashes.mute = False
    clock.forward(AWAY_S + 1)
    await mine.flush()
    assert crashes.working == set()
    await mine.stop()


async def test_a_note_whose_writer_was_cancelled_before_the_answer_is_taken_back_too() -> None:
    crashes = MemoryCrashes()
    mine = suspects(crashes)
    crashes.answer.clear()
    first = asyncio.create_task(mine.begin(A))
    await until(lambda: crashes.working)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    mine.leave(A)
    crashes.answer.set()
    await mine.flush()
    assert crashes.working == set()
    await mine.stop()


async def test_what_was_taken_back_without_an_answer_is_noted_again_when_it_begins_again() -> None:
    crashes, clock = MemoryCrashes(), Clock()
    mine = suspects(crashes, clock)
    await mine.begin(A)
    mine.leave(A)
    crashes.mute = True
    await mine.flush()
    assert crashes.working == set()
    crashes.mute = False
    clock.forward(AWAY_S + 1)
    await mine.begin(A)
    assert crashes.working == {A}
    await mine.stop()


async def test_while_redis_is_away_work_goes_on_and_redis_is_left_alone() -> None:
    crashes, clock = MemoryCrashes(), Clock()
    mine = suspects(crashes, clock)
    crashes.away = True
    await mine.begin(A)
    asked = crashes.calls
    await mine.begin(B)
    assert crashes.calls == asked
    crashes.away = False
    clock.forward(AWAY_S + 1)
    await mine.begin(C)
    assert crashes.working == {A, B, C}
    await mine.stop()


async def test_a_crowd_of_suspects_works_together_and_few_that_are_left_work_alone() -> None:
    """A machine without memory ends everything twice: that is no reason to let everybody wait for everybody."""
    crowd = [Place("audio", 0, offset) for offset in range(MOST_SUSPECTS + 1)]
    mine = suspects(MemoryCrashes(dict.fromkeys(crowd, SUSPECT)))
    await mine.start()
    await asyncio.gather(*(mine.begin(place) for place in crowd))
    mine.finish(crowd[0])
    for place in crowd[1:]:
        mine.leave(place)
    await mine.begin(crowd[1])
    second = asyncio.create_task(mine.begin(crowd[2]))
    await everyone_waits()
    assert not second.done()
    mine.finish(crowd[1])
    await second


async def test_a_crash_in_a_crowd_convicts_nobody_and_one_alone_does() -> None:
    crashes = MemoryCrashes({A: SUSPECT, B: SUSPECT})
    crashes.working = {A, B, C}
    mine = suspects(crashes)
    await mine.start()
    assert [mine.crashes(place) for place in (A, B, C)] == [SUSPECT, SUSPECT, 1]
    crashes.working = {A}
    again = suspects(crashes)
    await again.start()
    assert again.crashes(A) == CONVICTED
