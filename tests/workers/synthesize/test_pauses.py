"""A pause closes the lane, and the talk goes on with the voice that it had."""

from schemas.messages import Prosody
from tests.processes import until
from tests.workers.driving import SESSION
from tests.workers.laned import Bench
from tests.workers.synthesize.test_stage import Humming, hearing, said
from workers.synthesize.choice import Choice
from workers.synthesize.engine import NEUTRAL, Encoded, Sound, Tone
from workers.synthesize.stage import synthesize


class Natural(Humming):
    """Takes five seconds for a text."""

    bench: Bench

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        self.bench.clock.forward(5)
        return await super().synthesize(text, language, rate, tone)


async def test_what_fell_behind_and_how_it_sounded_outlive_a_pause_that_closes_the_lane() -> None:
    async def encode(sound: Sound, _: str) -> Encoded:
        return Encoded(b"x", sound.sample_rate, sound.duration_ms)

    slow, fast = Natural("slow"), Humming("fast")
    slow.cost = 0.8
    choice = Choice([slow, fast])
    bench = slow.bench = Bench(
        lambda inbound: synthesize(
            inbound, choice=choice, encode=encode, audience=hearing("pcm16"), now=bench.clock.now, deadline_s=None
        )
    )

    async def speaks(count: int, prosody: Prosody | None) -> None:
        before = len(bench.acked)
        for number in range(before, before + count):
            words = said(number, number * 16_000, translated_at=bench.clock.now() + 1, prosody=prosody)
            bench.lanes.dispatch(words, f"{SESSION}/es", number)
        await until(lambda: len(bench.acked) == before + count)

    await speaks(4, Prosody(rate=1.0, pitch_hz=110.0, loudness_db=-20.0))
    assert (len(slow.asked), len(fast.asked)) == (1, 3)
    bench.clock.forward(31)
    await bench.lanes.reap()
    assert len(bench.lanes) == 0
    await speaks(1, None)
    assert (len(slow.asked), len(fast.asked)) == (1, 4)
    assert fast.tones[-1].pitch_hz == fast.tones[0].pitch_hz > 0
    await bench.lanes.retain(set())
