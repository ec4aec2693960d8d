"""A slow voice is heard clause by clause, and a talk keeps the voice that it began with as long as it can."""

import asyncio
import struct

import pytest

from dragoman.runtime.wall_clock import TOLERATED_MS
from schemas.messages import Speech, Usage
from tests.workers.driving import everyone_waits, until
from tests.workers.synthesize.test_stage import Bench, Humming, hearing, said
from tests.workers.texts import SPOKEN_AT, Room, tags
from workers.audience import SessionDemand
from workers.broadcast.entries import entries
from workers.errors import EngineCrashed
from workers.stage import KEPT, Record
from workers.synthesize.engine import NEUTRAL, Sound, Tone

CLAUSES = [
    "Bom dia a todos e bem-vindos,",
    "esta é a nossa reunião anual aqui na aldeia velha,",
    "e começamos agora mesmo com ela.",
]
TEXT = " ".join(CLAUSES)


class Slow(Humming):
    """A natural voice that takes nearly as long as it speaks."""

    def __init__(self, name: str = "slow") -> None:
        super().__init__(name)
        self.by_clause, self.cost = True, 0.8


class Faster(Humming):
    """Another one that costs nothing."""


def parts(bench: Bench) -> list[tuple[int, bool, str]]:
    return [(speech.part, speech.last, speech.outcome) for speech in bench.emitted(Speech)]


def texts(engine: Humming) -> list[str]:
    return [text for text, _, _ in engine.asked]


async def test_each_clause_is_out_before_the_next_is_made() -> None:
    engine = Slow()
    async with Bench(hearing("pcm16"), engine) as bench:
        bench.deliver.clear()
        await bench.give(said(1, 0, TEXT))
        await everyone_waits()
        assert (parts(bench), texts(engine)) == ([(0, False, "ok")], CLAUSES[:1])
        bench.deliver.set()
        await bench.give(said(2, 16_000, "fim"))
        assert parts(bench)[:3] == [(0, False, "ok"), (1, False, "ok"), (2, True, "ok")]
        assert texts(engine) == [*CLAUSES, "fim"]
        assert bench.settled == [1, 2]


async def test_all_clauses_of_a_text_are_spoken_as_fast() -> None:
    engine = Slow()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0, TEXT), said(2, 16_000, TEXT))
        rates = [rate for _, _, rate in engine.asked]
        assert (len(set(rates[:3])), len(set(rates[3:]))) == (1, 1)
        assert rates[3] > rates[0]


async def test_each_clause_has_its_own_usage() -> None:
    async with Bench(hearing("pcm16"), Slow()) as bench:
        await bench.give(said(1, 0, TEXT))
        assert [(usage.characters, usage.seconds) for usage in bench.emitted(Usage)] == [
            (len(clause), 1.0) for clause in CLAUSES
        ]


async def test_a_fast_voice_speaks_the_text_as_a_whole() -> None:
    engine = Faster()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0, TEXT))
        assert (parts(bench), texts(engine)) == ([(0, True, "ok")], [TEXT])


async def test_a_clause_that_fails_is_said_to_and_ends_the_segment() -> None:
    class Ending(Slow):
        async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
            self.fails = EngineCrashed() if text == CLAUSES[1] else None
            return await super().synthesize(text, language, rate, tone)

    async with Bench(hearing("pcm16"), Ending()) as bench:
        await bench.give(said(1, 0, TEXT), said(2, 16_000, "fim"))
        assert parts(bench) == [(0, False, "ok"), (1, True, "failed"), (0, True, "ok")]
        assert bench.settled == [1, 2]


async def test_a_sentence_that_was_begun_is_finished_whatever_the_time() -> None:
    class Sluggish(Slow):
        async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
            bench.clock.ms = SPOKEN_AT + 14_000 + 2_000 * len(self.asked)
            return await super().synthesize(text, language, rate, tone)

    bench = Bench(hearing("pcm16"), Sluggish())
    async with bench:
        await bench.give(said(1, 0, TEXT))
        assert parts(bench) == [(0, False, "ok"), (1, False, "ok"), (2, True, "ok")]


class Fluent(Humming):
    """A voice whose sound can be read: 10 ms for each letter, and silence between two clauses."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        await super().synthesize(text, language, rate, tone)
        return Sound(b"".join(sound_of(text, place) for place in range(len(text))), 16_000)


class Slowly(Fluent):
    """One that takes nearly as long as it speaks."""

    def __init__(self, name: str = "slowly") -> None:
        super().__init__(name)
        self.by_clause, self.cost = True, 0.8


def sound_of(text: str, place: int) -> bytes:
    quiet = text[place] == " " and text[place - 1] in ",."
    return struct.pack("<h", 0 if quiet else ord(text[place])) * 160


def read(pcm: bytes) -> str:
    letters = [letter for (letter,) in struct.iter_unpack("<h", pcm) if letter]
    return "".join(map(chr, letters[::160]))


Said = tuple[Speech, bytes]


async def speeches(*engines: Humming, began_at: int) -> list[Said]:
    """Two texts as a worker speaks them whose lane began then, each part with its sound."""
    bench = Bench(hearing("pcm16"), *engines, deadline_s=None)
    bench.clock.ms = began_at
    async with bench:
        await bench.give(said(1, 0, TEXT, written_at=WRITTEN_AT), said(2, 16_000, OTHER, written_at=WRITTEN_AT))
        return list(zip(bench.emitted(Speech), bench.sounds, strict=True))


def heard(parts: list[Said]) -> dict[int, str]:
    """What a channel takes of it, which refuses what is not newer, read by segment."""
    newest, found = (-1, -1), dict.fromkeys((0, 16_000), "")
    for speech, pcm in parts:
        (entry,) = entries(Record("speech", 0, 1, "calm-otter-421-t", speech, 0))
        if (entry.segment, entry.number) > newest:
            newest = entry.segment, entry.number
            found[entry.segment] += read(pcm)
    return found


WRITTEN_AT = SPOKEN_AT + 60_000
OTHER = "E agora vamos ouvir o primeiro convidado, que vem de muito longe, para falar connosco desta tarde."
HEARD = {0: "".join(CLAUSES), 16_000: OTHER.replace(", ", ",")}


@pytest.mark.parametrize("after", ["slow", "fast", "fast before slow", "slow before fast"])
@pytest.mark.parametrize("before", ["slow", "fast"])
async def test_a_worker_that_takes_over_anywhere_with_whatever_voice_repeats_and_loses_nothing(
    before: str, after: str
) -> None:
    voices = {"slow": Slowly, "fast": Fluent}
    begun = await speeches(voices[before](), began_at=WRITTEN_AT - 60_000)
    again = await speeches(*(voices[name](name) for name in after.split(" before ")), began_at=WRITTEN_AT + 1)
    assert len(begun) == (5 if before == "slow" else 2)
    for count in range(len(begun) + 1):
        assert heard([*begun[:count], *again]) == HEARD


@pytest.mark.parametrize("trouble", ["late", "failing", "nobody hears it", "not encoded"])
async def test_a_worker_that_takes_over_and_cannot_speak_says_so_behind_what_was_heard(trouble: str) -> None:
    """The number of a part stands for one sound only."""
    engine, room = Fluent(), hearing("pcm16")
    bench = Bench(room, engine, deadline_s=15 if trouble == "late" else None)
    bench.clock.ms = WRITTEN_AT + 1
    if trouble == "failing":
        engine.fails = EngineCrashed()
    if trouble == "nobody hears it":
        room.now_is(spoken={"es": tags("pcm16")})
    if trouble == "not encoded":
        bench.unfit["pcm16"] = EngineCrashed()
    async with bench:
        await bench.give(said(1, 0, TEXT, written_at=WRITTEN_AT))
        assert [(speech.part, speech.last) for speech in bench.emitted(Speech)] == [(2, True)]


async def test_a_worker_of_which_another_may_have_had_the_lane_meanwhile_takes_it_over() -> None:
    async with Bench(hearing("pcm16"), Faster(), deadline_s=None) as bench:
        await bench.give(said(1, 0, TEXT))
        bench.clock.ms = WRITTEN_AT
        await bench.give(KEPT, said(2, 16_000, TEXT), said(3, 32_000, TEXT, written_at=WRITTEN_AT + 60_000))
        assert [speech.part for speech in bench.emitted(Speech)] == [0, 0, 1, 2, 0]


async def test_what_was_written_by_a_clock_that_is_a_little_ahead_is_taken_over_as_well() -> None:
    bench = Bench(hearing("pcm16"), Faster(), deadline_s=None)
    bench.clock.ms = WRITTEN_AT - TOLERATED_MS + 1
    async with bench:
        await bench.give(said(1, 0, TEXT, written_at=WRITTEN_AT))
        assert len(bench.emitted(Speech)) == 3


async def test_a_voice_that_falls_behind_gives_way_to_a_faster_one_for_the_rest_of_the_talk() -> None:
    class Overloaded(Slow):
        async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
            bench.clock.forward(5)
            return await super().synthesize(text, language, rate, tone)

    slow, fast = Overloaded(), Faster("fast")
    bench = Bench(hearing("pcm16"), slow, fast)
    async with bench:
        for number in range(4):
            at = SPOKEN_AT + 1_000 * (number + 1)
            await bench.give(said(number, number * 16_000, "fim", spoken_at=at, translated_at=at))
        assert [speech.engine for speech in bench.emitted(Speech)] == ["slow", "slow", "fast", "fast"]
        bench.clock.forward(600)
        at = bench.clock.ms
        await bench.give(said(9, 160_000, "fim", spoken_at=at, translated_at=at))
        assert bench.emitted(Speech)[-1].engine == "fast"


async def test_what_waited_while_no_worker_was_there_is_no_fault_of_the_voice() -> None:
    slow, fast = Slow(), Faster("fast")
    async with Bench(hearing("pcm16"), slow, fast) as bench:
        bench.clock.forward(8)
        for number in range(4):
            await bench.give(said(number, number * 16_000, "fim", translated_at=SPOKEN_AT))
        assert {speech.engine for speech in bench.emitted(Speech)} == {"slow"}


async def test_a_redis_that_answers_late_is_no_fault_of_the_voice() -> None:
    class Stalling(Room):
        async def of(self, session_id: str) -> SessionDemand:
            bench.clock.forward(8)
            return await super().of(session_id)

    room = Stalling(hearing={"es": tags("pcm16")}, spoken={"es": tags("pcm16")})
    bench = Bench(room, Slow(), Faster("fast"), deadline_s=None)
    async with bench:
        for number in range(3):
            at = SPOKEN_AT + 1_001 + number
            await bench.give(said(number, number * 16_000, "fim", spoken_at=at, translated_at=at))
        assert {speech.engine for speech in bench.emitted(Speech)} == {"slow"}


async def test_a_format_in_which_a_part_fails_is_over_for_the_segment_and_for_no_other() -> None:
    async with Bench(hearing("ogg-opus", "pcm16"), Slow()) as bench:
        bench.unfit["ogg-opus"] = EngineCrashed()
        await bench.give(said(1, 0, TEXT))
        bench.unfit.clear()
        await bench.give(said(2, 16_000, "fim"))
        found = [(speech.format, speech.part, speech.last, speech.outcome) for speech in bench.emitted(Speech)]
        assert found[:4] == [
            ("ogg-opus", 0, True, "failed"),
            ("pcm16", 0, False, "ok"),
            ("pcm16", 1, False, "ok"),
            ("pcm16", 2, True, "ok"),
        ]
        assert found[4:] == [("ogg-opus", 0, True, "ok"), ("pcm16", 0, True, "ok")]


async def test_a_text_that_can_be_heard_in_no_format_is_spoken_no_further() -> None:
    engine = Slow()
    async with Bench(hearing("pcm16"), engine) as bench:
        bench.unfit["pcm16"] = EngineCrashed()
        await bench.give(said(1, 0, TEXT))
        assert (parts(bench), texts(engine)) == ([(0, True, "failed")], CLAUSES[:1])
        assert bench.settled == [1]


async def test_a_clause_that_does_not_come_ends_the_segment_as_late_and_the_next_text_is_spoken() -> None:
    class Stuck(Slow):
        async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
            sound = await super().synthesize(text, language, rate, tone)
            if text == CLAUSES[1]:
                await asyncio.Event().wait()
            return sound

    bench = Bench(hearing("pcm16"), Stuck(), deadline_s=2, timeout_s=0.01)
    async with bench:
        await bench.give(said(1, 0, TEXT), said(2, 16_000, "fim", spoken_at=bench.clock.ms))
        await until(lambda: bench.settled == [1, 2])
        found = [(speech.part, speech.last, speech.outcome, speech.reason) for speech in bench.emitted(Speech)]
        assert found == [(0, False, "ok", ""), (1, True, "skipped", "deadline"), (0, True, "ok", "")]
