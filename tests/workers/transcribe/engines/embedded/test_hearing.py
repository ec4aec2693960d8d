"""One session, with a detector and a decoder that do as they are told."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.embedded.endpointer import CAP_FRAMES, FRAME, PRE_ROLL_FRAMES, START_FRAMES
from workers.transcribe.engines.embedded.hearing import Hearing

SILENCE_FRAMES = 19
QUIET, LOUD = 0, 1


def pcm(*parts: tuple[int, int]) -> bytes:
    """Samples: pairs of value and how many."""
    return b"".join(struct.pack("<h", value) * count for value, count in parts)


class LoudnessDetector:
    """A frame is speech if its first sample is loud."""

    def __init__(self) -> None:
        self.resets = 0

    def __call__(self, audio: bytes) -> float:
        return float(struct.unpack_from("<h", audio)[0] == LOUD)

    def reset(self) -> None:
        self.resets += 1


class SyllableDecoder:
    """Hears the word `la` in every 1600 loud samples; notes what it was given."""

    def __init__(self) -> None:
        self.utterances: list[bytes] = []
        self.open = False

    def start_utt(self) -> None:
        assert not self.open
        self.open = True
        self.utterances.append(b"")

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> None:
        assert self.open
        assert data, "pocketsphinx raises for nothing"
        self.utterances[-1] += data

    def end_utt(self) -> None:
        assert self.open
        self.open = False

    def _loud(self) -> list[int]:
        samples = struct.unpack(f"<{len(self.utterances[-1]) // 2}h", self.utterances[-1])
        return [i for i, sample in enumerate(samples) if sample == LOUD]

    def hyp(self) -> Any:
        words = " ".join("la" for _ in self._loud()[1_599::1_600])
        return SimpleNamespace(hypstr=words) if words else None

    def seg(self) -> Iterator[Any]:
        yield SimpleNamespace(word="<sil>", start_frame=0, end_frame=1, prob=1.0)
        loud = self._loud()
        for i in range(0, len(loud) - 1_599, 1_600):
            start, end = loud[i] // 160, loud[i + 1_599] // 160
            yield SimpleNamespace(word="la(2)", start_frame=start, end_frame=end, prob=0.75)

    def get_cmn(self, update: bool) -> str:
        return ""

    def set_cmn(self, cmn: str) -> None:
        pass

    def start_stream(self) -> None:
        pass


def hearing() -> tuple[Hearing, SyllableDecoder, LoudnessDetector]:
    decoder, detector = SyllableDecoder(), LoudnessDetector()
    return Hearing(decoder, detector, silence_ms=608), decoder, detector


def fed(one: Hearing, audio: bytes, position: int = 0, step: int = 1_600) -> list[Hypothesis]:
    """All that is heard of audio that comes in steps of so many samples."""
    heard = []
    for begin in range(0, len(audio) // 2, step):
        heard += one.feed(position + begin, audio[2 * begin : 2 * (begin + step)])
    return heard


def finals(heard: list[Hypothesis]) -> list[Hypothesis]:
    return [hypothesis for hypothesis in heard if hypothesis.final]


def test_an_utterance_is_decoded_from_its_pre_roll_on_and_its_words_have_positions() -> None:
    one, decoder, _ = hearing()
    begin = 40 * FRAME
    heard = fed(one, pcm((QUIET, begin), (LOUD, 20 * FRAME), (QUIET, 30 * FRAME)), position=1_000)
    (final,) = finals(heard)
    assert final.until == 1_000 + (40 + 20 + SILENCE_FRAMES) * FRAME
    assert final.text == "La la la la la la."
    assert final.stable_chars == len(final.text)
    assert [word.text for word in final.words] == ["la"] * 6
    assert abs(final.words[0].start - (1_000 + begin)) < 160
    assert final.words[0].confidence == 0.75
    assert (final.start, final.end) == (final.words[0].start, final.words[-1].end)
    pre_roll = PRE_ROLL_FRAMES - START_FRAMES
    assert decoder.utterances[0].startswith(pcm((QUIET, pre_roll * FRAME), (LOUD, 20 * FRAME)))


def test_positions_do_not_depend_on_how_the_audio_is_cut() -> None:
    audio = pcm((QUIET, 9_999), (LOUD, 20_000), (QUIET, 20_001), (LOUD, 9_000), (QUIET, 20_000))
    ways = []
    for step in (1, 160, 511, 512, 1_600, 16_000):
        one, *_ = hearing()
        ways.append([(f.text, f.start, f.until) for f in finals(fed(one, audio, step=step))])
    assert len(ways[0]) == 2
    assert all(way == ways[0] for way in ways)


def test_partials_come_as_soon_as_a_word_is_heard_and_then_at_most_five_times_a_second() -> None:
    one, *_ = hearing()
    heard = fed(one, pcm((QUIET, 20 * FRAME), (LOUD, 60 * FRAME)), step=FRAME)
    assert 20 * FRAME + 1_600 <= heard[0].until <= 20 * FRAME + 1_600 + 2 * FRAME
    gaps = [later.until - earlier.until for earlier, later in pairwise(heard)]
    assert min(gaps) >= 3_200
    assert len({partial.text for partial in heard}) == len(heard)
    assert all(partial.text.startswith("La") and not partial.text.endswith(".") for partial in heard)


def test_all_but_the_last_two_words_of_a_partial_are_stable() -> None:
    one, *_ = hearing()
    partial = fed(one, pcm((LOUD, 50 * FRAME)))[-1]
    words = partial.text.split(" ")
    assert partial.text[: partial.stable_chars] == " ".join(words[:-2])


def test_no_sample_is_decoded_twice_and_none_is_lost_at_the_cap() -> None:
    one, decoder, _ = hearing()
    audio = pcm((LOUD, CAP_FRAMES * FRAME * 2 + 5 * FRAME))
    heard = fed(one, audio) + one.finish()
    assert [final.until for final in finals(heard)] == [
        CAP_FRAMES * FRAME,
        2 * CAP_FRAMES * FRAME,
        2 * CAP_FRAMES * FRAME + 5 * FRAME,
    ]
    assert b"".join(decoder.utterances) == audio


def test_a_pause_inside_an_utterance_is_decoded_when_speech_goes_on() -> None:
    one, decoder, _ = hearing()
    audio = pcm((LOUD, 10 * FRAME), (QUIET, 15 * FRAME), (LOUD, 10 * FRAME))
    fed(one, audio)
    assert decoder.utterances == [audio]


def test_finish_ends_the_utterance_with_the_very_last_sample() -> None:
    one, decoder, _ = hearing()
    audio = pcm((LOUD, 20 * FRAME + 77))
    fed(one, audio, position=5)
    (final,) = one.finish()
    assert final.until == one.quiet_until == 5 + 20 * FRAME + 77
    assert decoder.utterances == [audio]
    assert one.finish() == []


def test_finish_in_silence_says_nothing_and_all_is_quiet() -> None:
    one, decoder, _ = hearing()
    assert fed(one, pcm((QUIET, 10_000))) == []
    assert one.quiet_until == 9_728 - PRE_ROLL_FRAMES * FRAME
    assert one.finish() == []
    assert one.quiet_until == 10_000
    assert decoder.utterances == []


def test_after_finish_the_pre_roll_does_not_reach_back() -> None:
    one, decoder, _ = hearing()
    fed(one, pcm((QUIET, 5_000)))
    one.finish()
    fed(one, pcm((LOUD, 5 * FRAME)), position=5_000)
    assert decoder.utterances == [pcm((LOUD, 5 * FRAME))]
    assert one.quiet_until == 5_000


def test_a_jump_in_position_finishes_the_utterance() -> None:
    one, _, detector = hearing()
    fed(one, pcm((LOUD, 20 * FRAME)))
    (final,) = finals(one.feed(100_000, pcm((LOUD, 20 * FRAME))))
    assert final.until == 20 * FRAME
    (final,) = one.finish()
    assert final.until == 100_000 + 20 * FRAME
    assert final.start >= 100_000
    assert detector.resets == 2


def test_an_utterance_without_words_becomes_quiet() -> None:
    one, decoder, _ = hearing()
    cough = ((LOUD, 1), (QUIET, FRAME - 1))
    assert fed(one, pcm((QUIET, 20 * FRAME), *[cough[i % 2] for i in range(2 * START_FRAMES)])) == []
    assert fed(one, pcm((QUIET, 40 * FRAME)), position=(20 + START_FRAMES) * FRAME) == []
    assert len(decoder.utterances) == 1
    assert one.quiet_until == (20 + START_FRAMES + 40 - PRE_ROLL_FRAMES) * FRAME
