"""Every final goes into its channel's history under its own id; partials pass through."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from schemas.audio import to_ms
from schemas.channels import Control, captions_channel, speech_channel, unframed
from schemas.messages import Message, Speech, Wanted
from schemas.socket import Caption, SessionEnded, TranslatedAudio
from tests.workers.driving import SESSION, Clock, Driven, record
from tests.workers.texts import SPOKEN_AT, end, transcript, translation
from workers.broadcast.entries import NewEntry
from workers.broadcast.stage import broadcast
from workers.metrics import OUTLIVED
from workers.stage import DRAIN, PARTIAL_LIVES_MS, Idle, Record

ES = captions_channel(SESSION, "es")
OPUS = speech_channel(SESSION, "es", "ogg-opus")
PCM = speech_channel(SESSION, "es", "pcm16")


class Noted:
    """A channel that keeps what it is given, and refuses what is not newer."""

    def __init__(self) -> None:
        self.finals: list[tuple[str, int, int, bytes]] = []
        self.partials: list[tuple[str, bytes]] = []
        self.lag: list[dict[str, int]] = []
        self.told: list[Control] = []
        self.languages: list[tuple[str, int]] = []
        self.refusing = False

    async def publish(self, record: Record, entry: NewEntry) -> bool:
        if self.refusing:
            return False
        self.finals.append((entry.channel, entry.segment, entry.number, entry.payload))
        return True

    async def publish_partial(self, name: str, payload: bytes) -> None:
        self.partials.append((name, payload))

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        assert session_id == SESSION
        self.lag.append(lag_ms)

    async def tell(self, session_id: str, control: Control) -> None:
        assert session_id == SESSION
        self.told.append(control)

    async def note_language(self, session_id: str, language: str, until: int) -> None:
        assert session_id == SESSION
        self.languages.append((language, until))


class Bench(Driven):
    """The stage, two seconds after the words."""

    def __init__(self) -> None:
        self.channel = Noted()
        self.clock = Clock(SPOKEN_AT + 2_000)
        super().__init__(lambda inbound: broadcast(inbound, channel=self.channel, now=self.clock.now))


def text(offset: int, message: Message) -> Record:
    return replace(record("translations", offset, message), written_at=SPOKEN_AT)


def spoken(**changed: Any) -> Speech:
    fields: dict[str, Any] = {
        "segment": 16_000,
        "until": 32_000,
        "start": 17_000,
        "end": 31_000,
        "spoken_at": SPOKEN_AT,
        "final": True,
        "revision": 16_000,
        "language": "es",
        "engine": "scripted",
        "part": 0,
        "last": True,
        "format": "pcm16",
        "sample_rate": 16_000,
        "duration_ms": 900,
        "source_language": "en",
        "translated_at": SPOKEN_AT + 600,
        "synthesized_at": SPOKEN_AT + 900,
        "audio": b"\n\x00sound",
    }
    return Speech(**fields | changed)


async def test_a_final_is_a_caption_in_the_history_of_its_language() -> None:
    async with Bench() as bench:
        await bench.give(text(1, translation(16_000, "hola", stable_chars=4)))
        ((name, segment, number, payload),) = bench.channel.finals
        assert (name, segment, number) == (ES, 16_000, 16_000)
        caption = msgspec.json.decode(payload, type=Caption)
        assert (caption.segment, caption.revision, caption.final) == (16_000, 16_000, True)
        assert (caption.text, caption.source_text, caption.language) == ("hola", "hello", "es")
        assert (caption.start_ms, caption.end_ms) == (to_ms(16_000), to_ms(31_000))
        assert (caption.spoken_at, caption.outcome) == (SPOKEN_AT, "ok")
        assert bench.settled == [1]


async def test_the_floor_has_captions_too() -> None:
    async with Bench() as bench:
        await bench.give(record("transcripts", 1, transcript(0, "hello")))
        ((name, _, _, payload),) = bench.channel.finals
        assert name == captions_channel(SESSION, "en")
        assert msgspec.json.decode(payload, type=Caption).source_text == "hello"


async def test_a_partial_is_published_without_history_or_source() -> None:
    async with Bench() as bench:
        await bench.give(text(1, translation(0, "ho", final=False, revision=4_000)))
        assert bench.channel.finals == []
        ((name, payload),) = bench.channel.partials
        assert name == ES
        assert "source_text" not in msgspec.json.decode(payload)
        bench.clock.ms = SPOKEN_AT + PARTIAL_LIVES_MS
        before = OUTLIVED.labels("broadcast")._value.get()
        bench.clock.ms += 1
        await bench.give(text(2, translation(0, "hola", final=False, revision=8_000)))
        await bench.give(text(3, translation(0, "hola", revision=16_000)))
        assert (len(bench.channel.partials), len(bench.channel.finals)) == (1, 1), "out of a backlog finals only"
        assert OUTLIVED.labels("broadcast")._value.get() == before + 1
        assert bench.settled == [1, 2, 3]


async def test_a_hole_is_a_caption_that_says_why() -> None:
    async with Bench() as bench:
        await bench.give(text(1, translation(0, "", outcome="skipped", reason="no-audience")))
        caption = msgspec.json.decode(bench.channel.finals[0][3], type=Caption)
        assert (caption.outcome, caption.reason, caption.text) == ("skipped", "no-audience", "")


async def test_speech_goes_to_the_channel_of_its_format_with_its_audio() -> None:
    async with Bench() as bench:
        await bench.give(record("speech", 1, spoken()))
        ((name, segment, number, payload),) = bench.channel.finals
        assert (name, segment, number) == (PCM, 16_000, 16_000 * 256)
        header, audio = unframed(payload)
        assert audio == b"\n\x00sound"
        told = msgspec.json.decode(header, type=TranslatedAudio)
        assert (told.segment, told.part, told.last, told.format, told.sample_rate) == (16_000, 0, True, "pcm16", 16_000)
        assert (told.duration_ms, told.outcome) == (900, "ok")


async def test_the_parts_of_a_segment_have_places_of_their_own_between_the_revisions() -> None:
    async with Bench() as bench:
        await bench.give(
            record("speech", 1, spoken(revision=15_999)),
            record("speech", 2, spoken(part=0, last=False)),
            record("speech", 3, spoken(part=200, last=False)),
            record("speech", 4, spoken(part=201)),
            record("speech", 5, spoken(part=0, last=False, revision=16_001)),
        )
        numbers = [number for _, _, number, _ in bench.channel.finals]
        assert numbers == sorted(set(numbers))


async def test_behind_the_last_part_of_a_segment_nothing_of_it_is_newer_however_it_was_cut() -> None:
    async with Bench() as bench:
        await bench.give(
            record("speech", 1, spoken(part=0, last=True)),
            record("speech", 2, spoken(part=0, last=False)),
            record("speech", 3, spoken(part=7, last=False)),
            record("speech", 4, spoken(part=8, last=True)),
        )
        whole, *parts = [number for _, _, number, _ in bench.channel.finals]
        assert all(number <= whole for number in parts)


async def test_only_the_first_part_says_how_long_speech_took_and_each_part_may_come_back() -> None:
    async with Bench() as bench:
        await bench.give(
            record("speech", 1, spoken(part=0, last=False, envelope="a")),
            record("speech", 2, spoken(part=1, envelope="b")),
        )
        assert bench.channel.lag == [{"synthesize": 300, "broadcast": 1_100}]
        assert [(control.part, control.envelope) for control in bench.channel.told] == [(0, "a"), (1, "b")]


async def test_a_hole_in_the_speech_is_told_in_every_format() -> None:
    async with Bench() as bench:
        await bench.give(record("speech", 1, spoken(format="", audio=b"", outcome="skipped", reason="deadline")))
        assert sorted(name for name, _, _, _ in bench.channel.finals) == sorted([OPUS, PCM])
        header, audio = unframed(bench.channel.finals[0][3])
        assert audio == b""
        assert msgspec.json.decode(header, type=TranslatedAudio).reason == "deadline"
        assert bench.settled == [1]


@pytest.mark.parametrize("position", [32_000, 0])
async def test_the_end_of_captions_stands_behind_every_segment(position: int) -> None:
    async with Bench() as bench:
        if position:
            await bench.give(text(1, translation(16_000)))
        await bench.give(text(2, end(position, "es")))
        await bench.returned()
        name, segment, number, payload = bench.channel.finals[-1]
        assert name == ES
        assert all((segment, number) > (earlier[1], earlier[2]) for earlier in bench.channel.finals[:-1])
        assert number > 0  # Redis has no entry 0-0
        assert msgspec.json.decode(payload, type=SessionEnded).session_id == SESSION.rpartition("-")[0]
        assert bench.settled[-1] == 2


async def test_the_end_of_speech_is_told_in_every_format_and_voice() -> None:
    async with Bench() as bench:
        await bench.give(record("speech", 1, end(32_000, "es")))
        await bench.returned()
        every = {f"{name}{voice}" for name in (OPUS, PCM) for voice in ("", "/female", "/male")}
        assert {name for name, _, _, _ in bench.channel.finals} == every
        header, audio = unframed(bench.channel.finals[0][3])
        assert (msgspec.json.decode(header, type=SessionEnded).session_id, audio) == ("calm-otter-421", b"")


SKIPPED = spoken(format="", outcome="skipped", reason="deadline")


@pytest.mark.parametrize(
    ("given", "lag"),
    [
        (record("transcripts", 1, transcript(0)), [{"transcribe": 500, "broadcast": 1_500}]),
        (text(1, translation(0)), [{"translate": 100, "broadcast": 1_400}]),
        (record("speech", 1, spoken()), [{"synthesize": 300, "broadcast": 1_100}]),
        (record("speech", 1, SKIPPED), []),
    ],
)
async def test_the_lag_is_what_the_final_spent_in_each_stage(given: Record, lag: list[dict[str, int]]) -> None:
    async with Bench() as bench:
        await bench.give(given)
        assert bench.channel.lag == lag


async def test_of_finals_that_come_together_one_tells_the_lag() -> None:
    async with Bench() as bench:
        await bench.give(text(1, translation(0)), text(2, translation(16_000)))
        assert len(bench.channel.lag) == 1
        bench.clock.ms += 1_000
        await bench.give(text(3, translation(32_000)))
        assert len(bench.channel.lag) == 2


async def test_what_comes_late_says_nothing_about_the_lag() -> None:
    async with Bench() as bench:
        await bench.give(text(1, translation(0, revised=True)), record("transcripts", 2, transcript(0, revised=True)))
        assert len(bench.channel.finals) == 2
        assert not any(bench.channel.lag)
        assert bench.settled == [1, 2]


async def test_a_language_that_is_asked_for_is_settled_without_a_word() -> None:
    async with Bench() as bench:
        await bench.give(record("transcripts", 1, Wanted(language="es", at=SPOKEN_AT)))
        assert (bench.channel.finals, bench.channel.partials, bench.channel.lag) == ([], [], [])
        assert bench.settled == [1]


async def test_what_the_history_refuses_is_settled_and_not_counted() -> None:
    async with Bench() as bench:
        bench.channel.refusing = True
        await bench.give(text(1, translation(0)), record("speech", 2, spoken()))
        assert bench.channel.lag == []
        assert bench.settled == [1, 2]


async def test_draining_stops_after_what_was_taken_and_idle_time_means_nothing() -> None:
    async with Bench() as bench:
        await bench.give(Idle(0), text(1, translation(0)), DRAIN)
        await bench.returned()
        assert bench.settled == [1]
        assert len(bench.channel.finals) == 1


async def test_the_envelope_of_speech_is_told_to_the_speakers_gateway_once() -> None:
    async with Bench() as bench:
        await bench.give(record("speech", 1, spoken(envelope="AAAA")))
        bench.channel.refusing = True
        await bench.give(record("speech", 1, spoken(envelope="AAAA")))
        (control,) = bench.channel.told
        assert (control.kind, control.language, control.segment, control.envelope) == ("spoken", "es", 16_000, "AAAA")


async def test_nothing_is_told_of_what_has_no_sound() -> None:
    async with Bench() as bench:
        await bench.give(record("speech", 1, spoken(outcome="skipped", reason="deadline", format="", audio=b"")))
        await bench.give(record("translations", 2, translation(0)))
        assert bench.channel.told == []


async def test_a_language_that_was_found_out_is_noted_and_one_that_was_chosen_or_guessed_is_not() -> None:
    async with Bench() as bench:
        await bench.give(record("transcripts", 1, transcript(0, language="pt")))
        await bench.give(record("transcripts", 2, transcript(16_000, language="es", detected=True)))
        await bench.give(record("transcripts", 3, transcript(32_000, language="es", detected=True, revised=True)))
        await bench.give(record("transcripts", 4, transcript(48_000, final=False, language="es", detected=True)))
        assert bench.channel.languages == [("es", 32_000)]


async def test_a_final_that_was_published_before_its_worker_died_still_tells_its_language() -> None:
    async with Bench() as bench:
        bench.channel.refusing = True
        await bench.give(record("transcripts", 2, transcript(16_000, language="es", detected=True)))
        assert bench.channel.languages == [("es", 32_000)]


async def test_captions_of_the_floor_tell_what_they_were_taken_for() -> None:
    async with Bench() as bench:
        await bench.give(record("transcripts", 1, transcript(0, heard_language="es")))
        await bench.give(record("transcripts", 2, transcript(16_000)))
        one, other = [msgspec.json.decode(final[3]) for final in bench.channel.finals]
        assert (one["heardLanguage"], "heardLanguage" in other) == ("es", False)


async def test_finals_tell_in_which_language_it_was_said() -> None:
    async with Bench() as bench:
        await bench.give(record("transcripts", 1, transcript(0, language="es")))
        await bench.give(record("translations", 1, translation(0, language="en", source_language="es")))
        await bench.give(text(2, translation(16_000, language="en", final=False)))
        finals = [msgspec.json.decode(final[3]) for final in bench.channel.finals]
        assert [each["sourceLanguage"] for each in finals] == ["es", "es"]
        assert "sourceLanguage" not in msgspec.json.decode(bench.channel.partials[0][1])
