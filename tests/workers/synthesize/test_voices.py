"""Listeners choose among the voices of a language: each is made once, and only while somebody hears it."""

import pytest

from schemas.messages import Prosody, Speech, Usage
from tests.workers.driving import record
from tests.workers.synthesize.test_parts import CLAUSES, TEXT
from tests.workers.synthesize.test_stage import Bench, Humming, hearing, said
from tests.workers.texts import SPOKEN_AT, Room, end, tags
from workers.broadcast.entries import entries
from workers.errors import EngineCrashed
from workers.synthesize.engine import NEUTRAL, Sound, Tone, Voice, voice_for

EVERY = ("ogg-opus", "ogg-opus/female", "ogg-opus/male", "pcm16/male")


class Two(Humming):
    """A woman and a man: the first sample of a sound tells whose it is."""

    def __init__(self, *, by_clause: bool = False) -> None:
        super().__init__("two", "es")
        self.by_clause, self.cost = by_clause, 0.8
        self.voices = {"es": (Voice("dora", "female"), Voice("alex", "male"))}
        self.broken = ""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        sound = await super().synthesize(text, language, rate, tone)
        voice = voice_for(self.voices[language], tone.pitch_hz)
        if voice.name == self.broken:
            raise EngineCrashed
        return Sound(voice.sex[:1].encode() + sound.pcm[1:], sound.sample_rate)


def heard(bench: Bench) -> list[tuple[int, str, str, str, str]]:
    return [(each.part, each.format, each.chosen_voice, each.voice, each.outcome) for each in bench.emitted(Speech)]


async def test_each_voice_that_is_heard_is_made_once_however_many_hear_it_in_whatever_format() -> None:
    engine = Two()
    async with Bench(hearing(*EVERY), engine) as bench:
        await bench.give(said(1, 0))
        assert len(engine.asked) == len(bench.emitted(Usage)) == 2
        assert sorted(bench.encoded) == ["ogg-opus", "ogg-opus", "pcm16"]
        assert [sound[:1] for sound in bench.sounds] == [b"f", b"m", b"m"]
        assert heard(bench) == [
            (0, "ogg-opus", "", "female", "ok"),
            (0, "ogg-opus", "female", "female", "ok"),
            (0, "ogg-opus", "male", "male", "ok"),
            (0, "pcm16", "male", "male", "ok"),
        ]
        assert bench.settled == [1]


async def test_a_voice_that_nobody_chose_is_not_made_and_who_left_one_finds_a_hole_there() -> None:
    engine = Two()
    room = Room(hearing={"es": tags("pcm16/male")}, spoken={"es": tags("pcm16/male", "pcm16/female")})
    async with Bench(room, engine) as bench:
        await bench.give(said(1, 0))
        assert len(engine.asked) == 1
        assert heard(bench) == [(0, "pcm16", "female", "", "skipped"), (0, "pcm16", "male", "male", "ok")]


async def test_who_chose_nothing_hears_a_voice_like_the_speakers() -> None:
    engine = Two()
    async with Bench(hearing("pcm16", "pcm16/female"), engine) as bench:
        await bench.give(said(1, 0, prosody=Prosody(loudness_db=-20, pitch_hz=110)))
        assert [(chosen, voice) for _, _, chosen, voice, _ in heard(bench)] == [("", "male"), ("female", "female")]


async def test_the_clauses_of_two_voices_come_side_by_side() -> None:
    engine = Two(by_clause=True)
    async with Bench(hearing("pcm16", "pcm16/male"), engine) as bench:
        await bench.give(said(1, 0, TEXT))
        assert [text for text, _, _ in engine.asked] == [clause for clause in CLAUSES for _ in range(2)]
        assert [(part, chosen) for part, _, chosen, _, _ in heard(bench)] == [
            (part, chosen) for part in range(3) for chosen in ("", "male")
        ]
        assert [each.last for each in bench.emitted(Speech)] == [False] * 4 + [True] * 2


async def test_a_voice_that_fails_leaves_the_other_speaking() -> None:
    engine = Two(by_clause=True)
    engine.broken = "alex"
    async with Bench(hearing("pcm16", "pcm16/male"), engine) as bench:
        await bench.give(said(1, 0, TEXT))
        assert [(part, chosen, outcome) for part, _, chosen, _, outcome in heard(bench)] == [
            (0, "", "ok"),
            (0, "male", "failed"),
            (1, "", "ok"),
            (2, "", "ok"),
        ]
        assert bench.settled == [1]


@pytest.mark.parametrize("late", [True, False])
async def test_what_is_missing_is_said_to_everybody_who_ever_heard_it(late: bool) -> None:
    engine = Two()
    async with Bench(hearing(*EVERY), engine) as bench:
        bench.clock.ms = SPOKEN_AT + (16_000 if late else 1_000)
        await bench.give(said(1, 0, **({} if late else {"outcome": "failed", "reason": "engine", "text": ""})))
        outcome = "skipped" if late else "failed"
        assert heard(bench) == [(0, "", voice, "", outcome) for voice in ("", "female", "male")]


async def test_each_voice_has_channels_of_its_own_and_all_end_together() -> None:
    async with Bench(hearing("pcm16", "pcm16/male"), Two()) as bench:
        await bench.give(said(1, 0))
        spoken = [entry for each in bench.emitted(Speech) for entry in entries(record("speech", 1, each))]
    assert [entry.channel.rpartition("}:")[2] for entry in spoken] == ["speech:es:pcm16", "speech:es:pcm16/male"]
    assert [b'"voice":"female"' in spoken[0].payload, b'"voice":"male"' in spoken[1].payload] == [True, True]
    over = entries(record("speech", 2, end(32_000, "es")))
    assert {entry.channel for entry in over} > {entry.channel for entry in spoken}
    assert len({entry.channel for entry in over}) == 6
