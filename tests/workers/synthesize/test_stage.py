"""Speech is made only where someone hears it, in time, once per format."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from schemas.envelope import PER_SECOND, of_text
from schemas.messages import Prosody, Speech, Usage
from tests.workers.driving import Clock, Driven, record
from tests.workers.texts import SPOKEN_AT, Room, end, tags, translation
from workers.breaker import FAILURES, Breakers
from workers.errors import EngineCrashed, EngineEnded, EngineError, EngineTimeout
from workers.stage import DRAIN, Emit, Idle, Record
from workers.synthesize.choice import Choice
from workers.synthesize.delivery import FASTEST
from workers.synthesize.engine import NEUTRAL, Encoded, Sound, Synthesizer, Tone, Voice
from workers.synthesize.stage import synthesize


class Humming:
    """A synthesizer that hums for a second and keeps the rates that it was asked for."""

    def __init__(self, name: str = "humming", language: str = "*", length_ms: int = 1_000) -> None:
        self.name = name
        self.languages = tags(language)
        self.rough = self.by_clause = False
        self.cost = 0.0
        self.voices: Mapping[str, tuple[Voice, ...]] = {}
        self.asked: list[tuple[str, str, float]] = []
        self.tones: list[Tone] = []
        self.fails: EngineError | None = None
        self.length_ms = length_ms

    async def start(self) -> None:
        """Nothing to prove."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        self.asked.append((text, language, rate))
        self.tones.append(tone)
        if self.fails:
            raise self.fails
        return Sound(bytes(32 * self.length_ms), 16_000)

    async def close(self) -> None:
        """Nothing was started."""


class Bench(Driven):
    """The stage with an audience and an encoder that writes the format's name."""

    def __init__(
        self,
        room: Room,
        *synthesizers: Synthesizer,
        deadline_s: float | None = 15,
        timeout_s: float = 60,
        breakers: Breakers | None = None,
    ) -> None:
        self.clock = Clock(SPOKEN_AT + 1_000)
        self.encoded: list[str] = []
        self.sounds: list[bytes] = []
        """What was encoded, as PCM."""
        self.unfit: dict[str, EngineError] = {}
        """Formats that the encoder fails at."""

        async def encode(sound: Sound, audio_format: str) -> Encoded:
            self.encoded.append(audio_format)
            if error := self.unfit.get(audio_format):
                raise error
            self.sounds.append(sound.pcm)
            return Encoded(audio_format.encode(), 48_000, sound.duration_ms)

        super().__init__(
            lambda inbound: synthesize(
                inbound,
                choice=Choice(synthesizers),
                encode=encode,
                audience=room,
                now=self.clock.now,
                deadline_s=deadline_s,
                timeout_s=timeout_s,
                breakers=breakers,
            )
        )


def said(
    offset: int, segment: int, text: str = "hola", *, written_at: int = SPOKEN_AT + 60_000, **changed: object
) -> Record:
    """By default it is written when the lane has long been there."""
    plain = record("translations", offset, translation(segment, text, **changed))  # type: ignore[arg-type]
    return replace(plain, written_at=written_at)


def hearing(*formats: str) -> Room:
    return Room(hearing={"es": tags(*formats)}, spoken={"es": tags(*formats)})


async def test_nothing_is_spoken_for_those_who_read() -> None:
    engine = Humming()
    async with Bench(Room(reading=tags("es"), known=tags("es")), engine) as bench:
        await bench.give(said(1, 0))
        assert engine.asked == []
        assert bench.settled == [1]
        assert not any(isinstance(item, Emit) for item in bench.outbound)


async def test_what_was_withdrawn_before_its_translation_came_is_not_spoken() -> None:
    engine = Humming()
    async with Bench(hearing("ogg-opus"), engine) as bench:
        await bench.give(said(1, 0, "", outcome="withdrawn", revised=True), said(2, 0), said(3, 16_000))
        assert bench.settled == [1, 2, 3]
        assert len(engine.asked) == 1
        assert [
            (speech.segment, speech.outcome, speech.last, bool(speech.audio)) for speech in bench.emitted(Speech)
        ] == [
            (0, "skipped", True, False),
            (16_000, "ok", True, True),
        ]


async def test_each_format_that_is_heard_is_encoded_once_from_one_call() -> None:
    engine = Humming()
    async with Bench(hearing("ogg-opus", "pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        assert len(engine.asked) == 1
        assert sorted(bench.encoded) == ["ogg-opus", "pcm16"]
        assert [(speech.format, speech.audio) for speech in bench.emitted(Speech)] == [
            ("ogg-opus", b"ogg-opus"),
            ("pcm16", b"pcm16"),
        ]
        assert bench.settled == [1]


async def test_a_format_that_nobody_hears_is_not_encoded() -> None:
    async with Bench(hearing("pcm16"), Humming()) as bench:
        await bench.give(said(1, 0))
        assert bench.encoded == ["pcm16"]


async def test_speech_carries_the_identity_and_the_times_of_its_translation() -> None:
    async with Bench(hearing("pcm16"), Humming()) as bench:
        await bench.give(said(1, 16_000))
        (speech,) = bench.emitted(Speech)
        source = translation(16_000)
        for field in ("segment", "until", "start", "end", "spoken_at", "revision", "transcribed_at", "translated_at"):
            assert getattr(speech, field) == getattr(source, field)
        assert (speech.part, speech.last, speech.final, speech.duration_ms) == (0, True, True, 1_000)
        assert (speech.engine, speech.language, speech.source_language) == ("humming", "es", "en")
        assert speech.synthesized_at == bench.clock.ms


async def test_usage_counts_the_characters_asked_and_the_seconds_made() -> None:
    async with Bench(hearing("ogg-opus", "pcm16"), Humming()) as bench:
        await bench.give(said(1, 0, "hola"))
        (usage,) = bench.emitted(Usage)
        assert (usage.engine, usage.characters, usage.seconds, usage.outcome) == ("humming", 4, 1.0, "ok")


async def test_nothing_is_settled_before_it_is_delivered() -> None:
    async with Bench(hearing("pcm16"), Humming()) as bench:
        bench.deliver.clear()
        await bench.give(said(1, 0))
        assert bench.settled == []
        bench.deliver.set()
        await bench.give(DRAIN)
        assert bench.settled == [1]


async def test_partials_are_settled_unspoken() -> None:
    engine = Humming()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0, final=False))
        assert engine.asked == []
        assert bench.settled == [1]


async def test_speech_that_comes_too_late_is_skipped_and_said_so() -> None:
    engine = Humming()
    async with Bench(hearing("pcm16"), engine) as bench:
        bench.clock.ms = SPOKEN_AT + 15_000
        await bench.give(said(1, 0))
        assert len(engine.asked) == 1
        bench.clock.ms = SPOKEN_AT + 15_001
        await bench.give(said(2, 16_000))
        assert len(engine.asked) == 1
        hole = bench.emitted(Speech)[-1]
        assert (hole.outcome, hole.reason, hole.format, hole.audio) == ("skipped", "deadline", "", b"")
        usage = bench.emitted(Usage)[-1]
        assert (usage.outcome, usage.reason, usage.engine) == ("skipped", "deadline", "")
        assert bench.settled == [1, 2]


async def test_a_replay_has_no_deadline_and_nothing_to_catch_up_with() -> None:
    engine = Humming(length_ms=2_500)
    async with Bench(hearing("pcm16"), engine, deadline_s=None) as bench:
        bench.clock.ms = SPOKEN_AT + 86_400_000
        for offset in (1, 2):
            await bench.give(said(offset, offset * 16_000))
        assert [rate for _, _, rate in engine.asked] == [1.0, 1.0]


async def test_speech_that_nobody_hears_any_more_is_skipped_and_said_so() -> None:
    engine = Humming()
    async with Bench(Room(reading=tags("es"), spoken={"es": tags("pcm16")}), engine) as bench:
        await bench.give(said(1, 0))
        assert engine.asked == []
        (hole,) = bench.emitted(Speech)
        assert (hole.outcome, hole.reason) == ("skipped", "no-audience")
        assert [usage.reason for usage in bench.emitted(Usage)] == ["no-audience"]


@pytest.mark.parametrize(("outcome", "reason"), [("failed", "engine"), ("skipped", "no-audience"), ("skipped", "jump")])
async def test_a_hole_in_the_translations_is_passed_on_without_a_call(outcome: str, reason: str) -> None:
    engine = Humming()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0, "", outcome=outcome, reason=reason))
        (hole,) = bench.emitted(Speech)
        assert (hole.outcome, hole.reason, hole.format) == (outcome, reason, "")
        assert engine.asked == []


async def test_where_there_are_no_words_nothing_is_spoken() -> None:
    engine = Humming()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0, ""), said(2, 16_000, " "))
        assert engine.asked == []
        assert bench.emitted(Speech) == []
        assert bench.settled == [1, 2]


async def test_a_failure_is_announced_and_the_next_is_spoken() -> None:
    engine = Humming()
    engine.fails = EngineCrashed()
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        engine.fails = None
        await bench.give(said(2, 16_000))
        assert [(speech.segment, speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [
            (0, "failed", "engine"),
            (16_000, "ok", ""),
        ]
        assert [(usage.outcome, usage.seconds) for usage in bench.emitted(Usage)] == [
            ("failed", 0.0),
            ("failed", 0.0),
            ("ok", 1.0),
        ]


async def test_a_language_that_no_engine_speaks_is_announced_and_in_the_usage() -> None:
    engine = Humming(language="ca")
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        assert engine.asked == []
        assert [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [("failed", "engine")]
        (usage,) = bench.emitted(Usage)
        assert (usage.engine, usage.outcome, usage.reason) == ("", "failed", "engine")


async def test_the_second_engine_speaks_what_the_first_could_not() -> None:
    first, second = Humming("first"), Humming("second")
    first.fails = EngineCrashed()
    async with Bench(hearing("pcm16"), first, second) as bench:
        await bench.give(said(1, 0))
        assert [speech.engine for speech in bench.emitted(Speech)] == ["second"]


async def test_the_voice_goes_faster_the_more_is_unheard_and_never_faster_than_it_may() -> None:
    engine = Humming(length_ms=2_500)
    async with Bench(hearing("pcm16"), engine) as bench:
        for offset in range(5):
            await bench.give(said(offset, offset * 16_000))
        rates = [rate for _, _, rate in engine.asked]
        assert rates == pytest.approx([1.0, 1.15, 1.3, FASTEST, FASTEST])
        bench.clock.forward(11.75)  # 12.5 s were made: 0.75 s are unheard
        await bench.give(said(5, 80_000, spoken_at=bench.clock.ms))
        assert engine.asked[-1][2] == pytest.approx(1.2)
        await bench.give(said(6, 96_000, spoken_at=bench.clock.ms))
        assert engine.asked[-1][2] == pytest.approx(FASTEST)
        bench.clock.forward(60)
        for offset in range(7, 10):
            await bench.give(said(offset, offset * 16_000, spoken_at=bench.clock.ms))
            bench.clock.forward(3)
        assert [rate for _, _, rate in engine.asked[7:]] == pytest.approx([1.2, 1.05, 1.0])


async def test_the_voice_follows_the_speaker_of_each_sentence_that_comes_also_when_nobody_hears_it() -> None:
    engine = Humming()
    room = hearing("pcm16")
    fast = Prosody(loudness_db=-20, pitch_hz=210, rate=1.2)
    async with Bench(room, engine) as bench:
        await bench.give(said(1, 0))
        assert (engine.asked[0][2], engine.tones) == (1.0, [NEUTRAL])
        room.now_is()
        for offset in range(2, 6):
            await bench.give(said(offset, offset * 16_000, prosody=fast))
        room.now_is(hearing={"es": tags("pcm16")})
        bench.clock.forward(5)
        await bench.give(said(6, 96_000))
        bench.clock.forward(5)
        await bench.give(said(7, 112_000))
        assert [rate for _, _, rate in engine.asked[1:]] == pytest.approx([1.15, 1.2])
        assert engine.tones[-1].pitch_hz == pytest.approx(210)


async def test_what_fills_a_hole_does_not_change_the_voice() -> None:
    engine = Humming()
    async with Bench(hearing("pcm16"), engine) as bench:
        past = Prosody(loudness_db=-20, pitch_hz=210, rate=1.35)
        await bench.give(*(said(offset, offset * 16_000, revised=True, prosody=past) for offset in range(5)))
        await bench.give(said(5, 80_000))
        assert (engine.asked, engine.tones) == ([("hola", "es", 1.0)], [NEUTRAL])


async def test_speech_that_would_be_heard_too_late_for_all_that_is_unheard_is_skipped_and_said_so() -> None:
    engine = Humming(length_ms=6_000)
    async with Bench(hearing("pcm16"), engine) as bench:
        for offset in range(5):
            await bench.give(said(offset, offset * 16_000))
        outcomes = [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)]
        assert outcomes == [("ok", "")] * 3 + [("skipped", "deadline")] * 2
        assert len(engine.asked) == 3
        bench.clock.forward(6)
        await bench.give(said(5, 80_000, spoken_at=bench.clock.ms))
        assert bench.emitted(Speech)[-1].outcome == "ok"


async def test_the_end_is_passed_on_after_the_last_speech() -> None:
    async with Bench(hearing("pcm16"), Humming()) as bench:
        await bench.give(said(1, 0), record("translations", 2, end(16_000, "es")))
        await bench.returned()
        messages = [item.message for item in bench.outbound if isinstance(item, Emit) and item.topic == "speech"]
        assert messages[-1] == end(16_000, "es")
        assert bench.settled == [1, 2]


async def test_draining_stops_after_what_was_taken_and_idle_time_means_nothing() -> None:
    async with Bench(hearing("pcm16"), Humming()) as bench:
        await bench.give(Idle(0), said(1, 0), DRAIN)
        await bench.returned()
        assert bench.settled == [1]


async def test_what_redis_forgot_of_the_formats_is_not_lost_with_it() -> None:
    room = hearing("pcm16")
    async with Bench(room, Humming()) as bench:
        await bench.give(said(1, 0))
        room.now_is(certain=False)
        await bench.give(said(2, 16_000))
        room.now_is()
        await bench.give(said(3, 32_000), said(4, 48_000, "", outcome="skipped", reason="jump"))
        assert [(speech.outcome, speech.reason, speech.format) for speech in bench.emitted(Speech)] == [
            ("ok", "", "pcm16"),
            ("ok", "", "pcm16"),
            ("skipped", "no-audience", ""),
            ("skipped", "jump", ""),
        ]


async def test_a_format_that_was_heard_before_has_no_silent_hole_where_the_others_have_speech() -> None:
    async with Bench(Room(hearing={"es": tags("pcm16")}, spoken={"es": tags("pcm16", "ogg-opus")}), Humming()) as bench:
        await bench.give(said(1, 0))
        assert [(speech.format, speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [
            ("ogg-opus", "skipped", "no-audience"),
            ("pcm16", "ok", ""),
        ]
        assert bench.encoded == ["pcm16"]


class Babbling(Humming):
    """Answers anything, until it is well."""

    answer: object = None
    well = False

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        right = await super().synthesize(text, language, rate, tone)
        return right if self.well else self.answer  # type: ignore[return-value]  # that is the point


@pytest.mark.parametrize(
    "answer",
    [None, b"pcm", Sound(b"", 16_000), Sound(b"ab", 0), Sound("text", 16_000), Sound(bytes(32 * 60_000), 16_000)],  # type: ignore[arg-type]
    ids=["nothing", "no sound", "no samples", "no rate", "no bytes", "a minute"],
)
async def test_an_answer_that_is_none_is_announced_and_the_next_is_spoken(answer: object) -> None:
    engine = Babbling()
    engine.answer = answer
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        engine.well = True
        await bench.give(said(2, 16_000))
        assert [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [
            ("failed", "engine"),
            ("ok", ""),
        ]
        assert bench.settled == [1, 2]


async def test_an_engine_that_goes_on_failing_is_left_alone() -> None:
    engine = Humming()
    engine.fails = EngineCrashed()
    async with Bench(hearing("pcm16"), engine, breakers=Breakers(Clock().seconds)) as bench:
        await bench.give(*(said(number, number * 16_000) for number in range(FAILURES)))
        assert len(engine.asked) == FAILURES
        assert [speech.outcome for speech in bench.emitted(Speech)] == ["failed"] * FAILURES


async def test_speech_that_its_engine_made_too_late_is_skipped_with_what_it_cost() -> None:
    class Slow(Humming):
        async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
            bench.clock.ms = SPOKEN_AT + 15_001
            return await super().synthesize(text, language, rate, tone)

    bench = Bench(hearing("pcm16"), Slow())
    async with bench:
        await bench.give(said(1, 0))
        assert [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [("skipped", "deadline")]
        assert [(usage.outcome, usage.engine) for usage in bench.emitted(Usage)] == [("skipped", ""), ("ok", "humming")]


async def test_a_jump_is_told_where_speech_was_ever_heard_and_nowhere_else() -> None:
    jump = said(1, 0, "", outcome="skipped", reason="jump")
    async with Bench(Room(spoken={"es": tags("pcm16")}), Humming()) as bench:
        await bench.give(jump)
        assert [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [("skipped", "jump")]
    async with Bench(Room(reading=tags("es"), known=tags("es")), Humming()) as bench:
        await bench.give(jump)
        assert bench.emitted(Speech) == []


async def test_every_format_of_a_sound_carries_its_envelope_and_what_is_no_sound_has_none() -> None:
    engine = Humming()
    async with Bench(hearing("ogg-opus", "pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        engine.fails = EngineCrashed()
        await bench.give(said(2, 16_000))
        *sounds, hole = [speech.envelope for speech in bench.emitted(Speech)]
        assert len(set(sounds)) == 1
        rows = of_text(sounds[0])
        assert rows is not None
        assert len(rows) == PER_SECOND
        assert hole == ""


async def test_a_text_that_ends_the_engines_process_three_times_is_buried_and_announced_as_failed() -> None:
    engine = Humming()
    engine.fails = EngineEnded("(SIGSEGV)")
    async with Bench(hearing("pcm16"), engine) as bench:
        await bench.give(said(1, 0))
        engine.fails = None
        await bench.give(said(2, 16_000))
        assert [(speech.segment, speech.outcome) for speech in bench.emitted(Speech)] == [(0, "failed"), (16_000, "ok")]
        assert bench.buried == [(1, "ended its engine's process 3 times (SIGSEGV)")]
        assert bench.settled == [1, 2]


async def test_usage_says_what_was_made_only_for_those_who_may_come_back() -> None:
    room = Room(hearing={"es": tags("pcm16")}, lingering_speech=tags("es"))
    async with Bench(room, Humming()) as bench:
        await bench.give(said(1, 0))
        room.now_is(hearing={"es": tags("pcm16")}, lingering=tags("es"))
        await bench.give(said(2, 16_000))
        room.now_is(spoken={"es": tags("pcm16")}, lingering_speech=tags("es"))
        await bench.give(said(3, 32_000))
        assert [usage.lingering for usage in bench.emitted(Usage)] == [True, False, False]


async def test_an_encoder_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    async with Bench(hearing("pcm16"), Humming(), breakers=Breakers()) as bench:
        bench.unfit["pcm16"] = EngineTimeout()
        await bench.give(*(said(offset, offset * 16_000) for offset in range(5)))
        assert bench.encoded == ["pcm16"] * FAILURES
        assert [(speech.outcome, speech.reason) for speech in bench.emitted(Speech)] == [("failed", "engine")] * 5
        assert bench.settled == [0, 1, 2, 3, 4]
