"""Only what is listened to is translated; every language keeps its own order and pace."""

import asyncio

import pytest

from schemas.messages import End, Translation, Usage
from tests.workers.driving import everyone_waits
from tests.workers.texts import Room, end, tags, transcript
from tests.workers.translate.glossed import Bench, Glossed, ended, said
from workers.stage import DRAIN, Emit, Idle, Settle
from workers.translate.glossaries import GivenGlossary
from workers.translate.glossary import Terms
from workers.translate.masking import Mask


async def test_only_the_languages_that_someone_reads_or_hears_are_asked_for() -> None:
    engine = Glossed()
    room = Room(reading=tags("es"), hearing={"ca": tags("pcm16")}, known=tags("es", "ca"))
    async with Bench(room, engine) as bench:
        await bench.give(said(1, 0))
        assert sorted(engine.calls) == [("ca", "hello"), ("es", "hello")]
        assert (bench.texts("es"), bench.texts("ca")) == (["es: hello"], ["ca: hello"])
        assert bench.settled == [1]


async def test_the_floor_language_is_not_translated() -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("en")), engine) as bench:
        await bench.give(said(1, 0))
        assert engine.calls == []
        assert bench.outbound == [Settle(bench.outbound[0].record)]  # type: ignore[union-attr]


async def test_a_translation_carries_the_identity_and_the_times_of_its_transcript() -> None:
    async with Bench(Room(reading=tags("es")), Glossed()) as bench:
        await bench.give(said(1, 16_000, revision=15_000))
        (made,) = bench.emitted(Translation)
        source = transcript(16_000, revision=15_000)
        for field in ("segment", "until", "start", "end", "spoken_at", "revision", "ingested_at", "transcribed_at"):
            assert getattr(made, field) == getattr(source, field)
        assert (made.source_text, made.source_language, made.engine) == ("hello", "en", "glossed")
        assert (made.final, made.stable_chars, made.translated_at) == (True, len(made.text), bench.clock.ms)


async def test_a_language_that_nobody_listens_to_any_more_is_skipped_without_a_call() -> None:
    engine = Glossed()
    async with Bench(Room(known=tags("es")), engine) as bench:
        await bench.give(said(1, 0))
        assert engine.calls == []
        (hole,) = bench.emitted(Translation)
        assert (hole.outcome, hole.reason, hole.text, hole.engine) == ("skipped", "no-audience", "", "")
        (usage,) = bench.emitted(Usage)
        assert (usage.outcome, usage.reason, usage.target_language) == ("skipped", "no-audience", "es")
        assert (usage.engine, usage.characters) == ("", 0)
        assert bench.settled == [1]


async def test_without_listeners_everything_is_settled_at_once() -> None:
    engine = Glossed()
    async with Bench(Room(), engine) as bench:
        await bench.give(said(1, 0), said(2, 16_000, final=False), ended(3, 32_000))
        assert bench.settled == [1, 2, 3]
        assert engine.calls == []


async def test_a_slow_language_delays_no_other_and_holds_its_records_open() -> None:
    engine = Glossed()
    engine.slow["ca"] = asyncio.Event()
    async with Bench(Room(reading=tags("es", "ca")), engine) as bench:
        await bench.give(said(1, 0, "one"), said(2, 16_000, "two"))
        assert bench.texts("es") == ["es: one", "es: two"]
        assert bench.texts("ca") == []
        assert bench.settled == []
        engine.slow["ca"].set()
        await everyone_waits()
        assert bench.texts("ca") == ["ca: one", "ca: two"]
        assert bench.settled == [1, 2]


async def test_nothing_is_settled_before_its_last_translation_is_delivered() -> None:
    async with Bench(Room(reading=tags("es")), Glossed()) as bench:
        bench.deliver.clear()
        await bench.give(said(1, 0))
        assert bench.texts("es") == ["es: hello"]
        assert bench.settled == []
        bench.deliver.set()
        await everyone_waits()
        assert bench.settled == [1]


@pytest.mark.parametrize(("outcome", "reason"), [("failed", "engine"), ("skipped", "jump"), ("skipped", "at-capacity")])
async def test_a_hole_in_the_transcript_is_told_in_every_known_language_without_a_call(
    outcome: str, reason: str
) -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("es"), known=tags("es", "ca")), engine) as bench:
        await bench.give(said(1, 0, "", outcome=outcome, reason=reason))
        holes = [(hole.language, hole.outcome, hole.reason) for hole in bench.emitted(Translation)]
        assert sorted(holes) == [("ca", outcome, reason), ("es", outcome, reason)]
        assert engine.calls == []


async def test_a_final_without_words_is_passed_on_without_a_call() -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0, ""))
        (made,) = bench.emitted(Translation)
        assert (made.outcome, made.text) == ("ok", "")
        assert engine.calls == []


async def test_the_terms_of_the_session_are_applied_to_finals_and_partials() -> None:
    terms = GivenGlossary(Terms({"ten meters": {"es": "DIEZ-METROS", "ca": "X"}}))
    async with Bench(Room(reading=tags("es"), partial=tags("es")), Glossed(), glossaries=terms) as bench:
        await bench.give(said(1, 0, "go ten meters", final=False))
        await bench.give(said(2, 0, "go ten meters now"))
        assert bench.texts("es") == ["es: go DIEZ-METROS", "es: go DIEZ-METROS now"]


async def test_masked_words_are_shown_by_their_first_letter() -> None:
    async with Bench(Room(reading=tags("es")), Glossed(), mask=Mask(["damn"])) as bench:
        await bench.give(said(1, 0, "damn it"))
        assert bench.texts("es") == ["es: d*** it"]


async def test_who_does_a_language_well_is_asked_before_who_does_it_roughly() -> None:
    first, second = Glossed("first", rough=("es",)), Glossed("second", rough=("ca",))
    async with Bench(Room(reading=tags("es", "ca", "gl")), first, second) as bench:
        await bench.give(said(1, 0))
        assert {made.language: made.engine for made in bench.emitted(Translation)} == {
            "es": "second",
            "ca": "first",
            "gl": "first",
        }


async def test_the_end_comes_in_every_known_language_after_its_last_final() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es"), known=tags("es", "ca")), engine) as bench:
        await bench.give(said(1, 0), ended(2, 16_000))
        assert [message.language for message in bench.emitted(End)] == ["ca"]
        assert bench.settled == []
        engine.slow["es"].set()
        await everyone_waits()
        spanish = [item.message for item in bench.outbound if isinstance(item, Emit) and item.topic == "translations"]
        assert spanish[-1] == end(16_000, "es")
        assert bench.texts("es") == ["es: hello"]
        assert bench.settled == [1, 2]


async def test_draining_finishes_what_was_taken() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "one"), said(2, 16_000, "two"), DRAIN)
        assert bench.running
        engine.slow["es"].set()
        await bench.returned()
        assert bench.texts("es") == ["es: one", "es: two"]
        assert bench.settled == [1, 2]


async def test_a_lost_lane_settles_nothing_of_what_is_under_way() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0))
    assert bench.settled == []


async def test_idle_time_means_nothing_here() -> None:
    async with Bench(Room(reading=tags("es")), Glossed()) as bench:
        await bench.give(Idle(0), said(1, 0), Idle(1))
        assert bench.settled == [1]
        assert bench.running


async def test_a_listener_who_comes_is_served_from_the_next_final_on() -> None:
    room = Room()
    async with Bench(room, Glossed()) as bench:
        await bench.give(said(1, 0, "one"))
        room.now_is(reading=tags("es"), known=tags("es"))
        await bench.give(said(2, 16_000, "two"))
        assert bench.texts("es") == ["es: two"]


async def test_what_redis_forgot_of_the_languages_is_not_lost_with_it() -> None:
    room = Room(reading=tags("es"), known=tags("es"))
    async with Bench(room, Glossed()) as bench:
        await bench.give(said(1, 0, "one"))
        room.now_is(certain=False)
        await bench.give(said(2, 16_000, "two"))
        room.now_is()
        await bench.give(said(3, 32_000, "three"), ended(4, 48_000))
        spanish = bench.emitted(Translation)
        assert [(made.text, made.reason) for made in spanish] == [
            ("es: one", ""),
            ("es: two", ""),
            ("", "no-audience"),
        ]
        assert bench.emitted(End) == [end(48_000, "es")]
        assert bench.settled == [1, 2, 3, 4]


async def test_what_waits_in_a_language_is_translated_side_by_side_and_told_in_order() -> None:
    engine = Glossed(at_once=2)
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(*(said(number, number * 16_000, str(number)) for number in range(4)))
        assert engine.calls == [("es", "0"), ("es", "1")]
        engine.slow["es"].set()
        await everyone_waits()
        assert bench.texts("es") == [f"es: {number}" for number in range(4)]
        assert bench.settled == [0, 1, 2, 3]


async def test_one_that_is_done_before_an_earlier_one_waits_for_it() -> None:
    class Uneven(Glossed):
        async def translate(self, text: str, source: str, target: str) -> str:
            if text == "first":
                await self.slow["es"].wait()
            return text

    engine = Uneven(at_once=2)
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "first"), said(2, 16_000, "second"))
        assert (bench.texts("es"), bench.settled) == ([], [])
        engine.slow["es"].set()
        await everyone_waits()
        assert (bench.texts("es"), bench.settled) == (["first", "second"], [1, 2])


async def test_a_lane_that_is_lost_ends_what_it_has_under_way() -> None:
    ended: list[str] = []

    class Told(Glossed):
        async def translate(self, text: str, source: str, target: str) -> str:
            try:
                return await super().translate(text, source, target)
            finally:
                ended.append(text)

    engine = Told(at_once=2)
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "a"), said(2, 16_000, "b"), said(3, 32_000, "c"))
    assert sorted(ended) == ["a", "b"]


async def test_usage_says_what_was_made_only_for_those_who_may_come_back() -> None:
    room = Room(reading=tags("es", "ca"), lingering=tags("es"))
    async with Bench(room, Glossed()) as bench:
        await bench.give(said(1, 0))
        assert {usage.target_language: usage.lingering for usage in bench.emitted(Usage)} == {"es": True, "ca": False}
        room.now_is(known=tags("es", "ca"))
        await bench.give(said(2, 16_000))
        assert [usage.lingering for usage in bench.emitted(Usage)[2:]] == [False, False], "nothing was made"


async def test_who_is_there_when_a_record_is_taken_counts_and_not_when_it_is_done() -> None:
    engine, room = Glossed(), Room(reading=tags("es"), lingering=tags("es"))
    engine.slow["es"] = asyncio.Event()
    async with Bench(room, engine) as bench:
        await bench.give(said(1, 0))
        room.now_is(reading=tags("es"))
        await bench.give(said(2, 16_000))
        engine.slow["es"].set()
        await everyone_waits()
        assert [usage.lingering for usage in bench.emitted(Usage)] == [True, False]
