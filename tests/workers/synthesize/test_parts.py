"""A slow voice is heard clause by clause, and a talk keeps the voice that it began with as long as it can."""

from schemas.messages import Speech, Usage
from tests.workers.driving import everyone_waits
from tests.workers.synthesize.test_stage import Bench, Humming, hearing, said
from tests.workers.texts import SPOKEN_AT
from workers.broadcast.entries import entries
from workers.errors import EngineCrashed
from workers.stage import Emit, Record
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


async def test_a_worker_that_takes_over_in_the_middle_of_a_text_repeats_and_loses_nothing() -> None:
    """The channel refuses what is not newer: its places must be those of the same clauses."""
    for second in (Slow(), Faster()):
        slow = Slow()
        async with Bench(hearing("pcm16"), slow) as bench:
            bench.deliver.clear()
            await bench.give(said(1, 0, TEXT))
        begun = [item for item in bench.outbound if isinstance(item, Emit) and isinstance(item.message, Speech)]
        assert len(begun) == 1
        able = [second] if second.by_clause else [second, Slow()]
        async with Bench(hearing("pcm16"), *able) as again:
            await again.give(said(1, 0, TEXT))
        emits = [item for item in again.outbound if isinstance(item, Emit) and isinstance(item.message, Speech)]
        newest, heard = -1, []
        for emit in [*begun, *emits]:
            (entry,) = entries(Record("speech", 0, 1, "calm-otter-421-t", emit.message, 0))
            if entry.number > newest:
                newest = entry.number
                heard.append(emit.message.part)  # type: ignore[union-attr]
        assert heard == [0, 1, 2]


async def test_a_text_that_was_spoken_as_a_whole_is_not_heard_again_in_clauses() -> None:
    numbers = []
    for able in ([Faster()], [Faster(), Slow()]):
        async with Bench(hearing("pcm16"), *able) as bench:
            await bench.give(said(1, 0, TEXT))
        for speech in bench.emitted(Speech):
            numbers += [entry.number for entry in entries(Record("speech", 0, 1, "calm-otter-421-t", speech, 0))]
    assert len(numbers) == 4
    assert max(numbers[1:]) <= numbers[0]


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
