"""What an engine cannot have heard is an error of the engine, and the audio is heard again."""

from dataclasses import replace

import pytest

from schemas.messages import Word
from tests.workers.driving import Clock, Driven, everyone_waits
from tests.workers.transcribe.dictated import Dictated, frames, heard
from tests.workers.transcribe.spans import finals, spans
from workers.errors import EngineGarbled
from workers.outbox import MemoryOutbox
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.plausible import LONGEST_TEXT, require_plausible
from workers.transcribe.stage import transcribe

SOUND = heard(8_000, start=3_200, text="hello")

GARBAGE = {
    "beyond what was fed": replace(SOUND, until=8_001),
    "ends where the last final did": replace(SOUND, start=3_200, end=3_200, until=3_200),
    "ends before the last final": replace(SOUND, start=0, end=1_600, until=1_600),
    "begins before the session": replace(SOUND, start=-1),
    "begins after it ends": replace(SOUND, start=7_000, end=6_000),
    "words beyond its end": replace(SOUND, end=8_001),
    "a word before the session": replace(SOUND, words=(Word(text="a", start=-5, end=0, confidence=1),)),
    "a word beyond its end": replace(SOUND, words=(Word(text="a", start=0, end=8_001, confidence=1),)),
    "more stable than said": replace(SOUND, stable_chars=6),
    "half a character": replace(SOUND, text="\ud800"),
    "no end of words": replace(SOUND, text="a" * (LONGEST_TEXT + 1)),
    "quiet where nothing was fed": Quiet(8_001),
    "quiet before the session": Quiet(-1),
}


@pytest.mark.parametrize("result", [SOUND, replace(SOUND, text=""), heard(1_600, final=False), Quiet(8_000), Quiet(0)])
def test_what_can_be_heard_is_let_through(result: Hypothesis | Quiet) -> None:
    require_plausible(result, segment=3_200, heard=8_000)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_heard_again_and_then_a_hole_in_its_place(garbage: Hypothesis | Quiet) -> None:
    with pytest.raises(EngineGarbled):
        require_plausible(garbage, segment=3_200, heard=8_000)
    engine, clock = Dictated(), Clock()
    stage = Driven(lambda inbound: transcribe(inbound, recognisers=[engine], outbox=MemoryOutbox(), now=clock.now))
    async with stage:
        await stage.give(*frames(0, 8_000))
        engine.opened[0].say(heard(3_200), garbage)
        await everyone_waits()
        assert spans(stage) == [(0, 3_200)]
        assert engine.opened[1].fed[0] == (3_200, 4_800)
        engine.opened[1].say(garbage)
        await everyone_waits()
        assert spans(stage) == [(0, 3_200), (3_200, 8_000)]
        assert finals(stage)[-1].outcome == "failed"
