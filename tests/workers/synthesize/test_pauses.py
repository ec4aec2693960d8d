"""A pause closes the lane, and the talk goes on with the voice that it had."""

from schemas.messages import Prosody
from tests.processes import until
from tests.workers.driving import SESSION
from tests.workers.shell.laned import Bench
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


class Talk(Bench):
    """In which somebody listens."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(
            lambda inbound: synthesize(
                inbound, choice=choice, encode=encode, audience=hearing("pcm16"), now=self.clock.now, deadline_s=None
            )
        )

    async def goes_on(self, sentences: int, prosody: Prosody | None = None) -> None:
        """They are translated now, and spoken."""
        before = len(self.acked)
        for number in range(before, before + sentences):
            words = said(number, number * 16_000, translated_at=self.clock.now() + 1, prosody=prosody)
            self.lanes.dispatch(words, f"{SESSION}/es", number)
        await until(lambda: len(self.acked) == before + sentences)


async def encode(sound: Sound, _: str) -> Encoded:
    return Encoded(b"x", sound.sample_rate, sound.duration_ms)


async def test_what_fell_behind_and_how_it_sounded_outlive_a_pause_that_closes_the_lane() -> None:
    slow, fast = Natural("slow"), Humming("fast")
    slow.cost = 0.8
    talk = slow.bench = Talk(Choice([slow, fast]))
    await talk.goes_on(4, Prosody(rate=1.0, pitch_hz=110.0, loudness_db=-20.0))
    assert (len(slow.asked), len(fast.asked)) == (1, 3)
    talk.clock.forward(31)
    await talk.lanes.reap()
    assert len(talk.lanes) == 0
    await talk.goes_on(1)
    assert (len(slow.asked), len(fast.asked)) == (1, 4)
    assert fast.tones[-1].pitch_hz == fast.tones[0].pitch_hz > 0
    await talk.lanes.retain(set())


async def test_a_voice_takes_room_as_long_as_it_goes_on_speaking() -> None:
    natural, small = Humming("natural"), Humming("small")
    natural.cost = 0.8
    choice = Choice([natural, small], {}, lambda _: 1.7, lambda: talk.clock.seconds())
    talk = Talk(choice)
    for _ in range(3):
        await talk.goes_on(1)
        talk.clock.forward(40)
    assert choice.best("es") == (small, "room")
    talk.clock.forward(40)
    assert choice.best("es") == (natural, "first")
    await talk.lanes.retain(set())
