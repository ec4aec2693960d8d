"""One session, with a detector and a model that do as they are told."""

import struct
from itertools import pairwise

import pytest

from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines.pool.endpointer import FRAME, PRE_ROLL_FRAMES, START_FRAMES
from workers.transcribe.engines.whisper.hearing import CAP, WhisperHearing
from workers.transcribe.engines.whisper.reading import Reading, ReadWord

SILENCE_MS = 512
SILENCE_FRAMES = 16
SYLLABLE = 4_000
"""Samples of a word of the model below."""
QUIET, LOUD, GAP = 0, 1_000, 10
"""Loudness of silence, of speech, and of a gap in it that the detector does not notice."""


def pcm(*parts: tuple[int, int]) -> bytes:
    """Samples: pairs of value and how many."""
    return b"".join(struct.pack("<h", value) * count for value, count in parts)


class LoudnessDetector:
    """A frame is speech if its first sample is not quiet."""

    def __init__(self) -> None:
        self.resets = 0

    def __call__(self, audio: bytes) -> float:
        return float(struct.unpack_from("<h", audio)[0] != QUIET)

    def reset(self) -> None:
        self.resets += 1


class SyllableReader:
    """Reads a word in every 4,000 samples of speech, none like the other; a mark ends every `every`th of them."""

    def __init__(self, every: int = 0, mark: str = ",") -> None:
        self.every, self.mark = every, mark
        self.heard: list[bytes] = []
        self.beams: list[int] = []
        self.languages: list[str] = []
        self.speaks, self.probability, self.asked = "gl", 1.0, 0
        self.sureness = 0.0

    def read(
        self, pcm: bytes, context_s: float, language: str, beams: int, enough_s: float, most_tokens: int
    ) -> Reading:
        self.heard.append(pcm)
        self.beams.append(beams)
        self.languages.append(language)
        loud = [i for i, sample in enumerate(struct.unpack(f"<{len(pcm) // 2}h", pcm)) if sample != QUIET]
        starts = loud[: len(loud) // SYLLABLE * SYLLABLE : SYLLABLE]
        words = tuple(ReadWord(f" {i * 7919 % 9973:x}{self._marks(i)}") for i in range(len(starts)))
        return Reading(words, tuple(range(len(words))), self.sureness, heard=[(s, s + SYLLABLE) for s in starts])

    def places(self, reading: Reading, language: str) -> list[tuple[float, float, float]]:
        return [(start / 16_000, end / 16_000, 0.75) for start, end in reading.heard]

    def language(self, pcm: bytes) -> str:
        return self.speaks

    def language_of(self, reading: Reading) -> tuple[str, float]:
        self.asked += 1
        return self.speaks, self.probability

    def _marks(self, i: int) -> str:
        return self.mark if self.every and i % self.every == self.every - 1 else ""


class Rig:
    """A hearing that looks after every `look` samples of an open utterance; 0: never."""

    def __init__(self, every: int = 0, look: int = 8_000, language: str = "en", mark: str = ",") -> None:
        self.reader, self.detector, self._look = SyllableReader(every, mark), LoudnessDetector(), look
        self.one = WhisperHearing(self.reader, self.detector, SILENCE_MS, language, beams=5)

    def fed(self, audio: bytes, position: int = 0, step: int = 1_600) -> list[Hypothesis]:
        """All that is heard of audio that comes in steps of so many samples."""
        heard = []
        for begin in range(0, len(audio) // 2, step):
            heard += self.one.feed(position + begin, audio[2 * begin : 2 * (begin + step)])
            if self._look and self.one.unseen >= self._look:
                heard += self.one.look()
        return heard


def finals(heard: list[Hypothesis]) -> list[Hypothesis]:
    return [hypothesis for hypothesis in heard if hypothesis.final]


def partials(heard: list[Hypothesis]) -> list[Hypothesis]:
    return [hypothesis for hypothesis in heard if not hypothesis.final]


def test_an_utterance_is_read_from_its_pre_roll_on_and_its_words_have_positions() -> None:
    rig = Rig(look=0)
    begin = 40 * FRAME
    heard = rig.fed(pcm((QUIET, begin), (LOUD, 40 * FRAME), (QUIET, 40 * FRAME)), position=1_000)
    (final,) = finals(heard)
    assert final.text == "0 1eef 16e9 ee3 6dd"
    assert final.stable_chars == len(final.text)
    assert [word.text for word in final.words] == final.text.split()
    assert abs(final.words[0].start - (1_000 + begin)) < 10
    assert final.words[0].confidence == 0.75
    assert (final.start, final.end) == (final.words[0].start, final.words[-1].end)
    assert final.end <= 1_000 + begin + 40 * FRAME
    pre_roll = PRE_ROLL_FRAMES - START_FRAMES
    assert rig.reader.heard[0].startswith(pcm((QUIET, pre_roll * FRAME), (LOUD, 40 * FRAME)))


def test_it_reads_when_silence_begins_and_not_again_for_the_final() -> None:
    rig = Rig(look=0)
    heard = rig.fed(pcm((LOUD, 80 * FRAME), (QUIET, 9 * FRAME)))
    assert rig.reader.beams == [5]
    assert [len(partial.text.split()) for partial in heard] == [10]
    (final,) = finals(rig.fed(pcm((QUIET, 30 * FRAME)), position=89 * FRAME))
    assert len(rig.reader.beams) == 1
    assert final.text == heard[0].text


def test_who_goes_on_speaking_after_a_pause_is_read_again_as_a_whole() -> None:
    rig = Rig(look=0)
    audio = pcm((LOUD, 40 * FRAME), (QUIET, 12 * FRAME), (LOUD, 40 * FRAME), (QUIET, 40 * FRAME))
    (final,) = finals(rig.fed(audio))
    assert len(rig.reader.heard) == 2
    assert len(final.words) == 10


@pytest.mark.parametrize("look", [0, 8_000])
def test_positions_do_not_depend_on_how_the_audio_is_cut(look: int) -> None:
    audio = pcm((QUIET, 9_999), (LOUD, 20_000), (QUIET, 30_001), (LOUD, 9_000), (QUIET, 30_000))
    ways = []
    for step in (160, 511, 512, 1_600, 16_000):
        ways.append([(f.text, f.start, f.until) for f in finals(Rig(look=look).fed(audio, step=step))])
    assert len(ways[0]) == 2
    assert all(way == ways[0] for way in ways)


def test_looks_show_what_is_said_so_far_but_not_before_a_second_of_speech() -> None:
    rig = Rig()
    heard = rig.fed(pcm((LOUD, 3 * 16_000)), step=FRAME)
    assert heard[0].until >= 16_000
    assert [len(partial.text.split()) for partial in heard] == [2, 4, 6, 8]
    assert [partial.stable_chars for partial in heard] == [0, *(len(partial.text) for partial in heard[1:])]
    assert all(before.until < after.until for before, after in pairwise(heard))
    assert set(rig.reader.beams) == {1}


def test_there_is_nothing_to_look_at_in_a_pause_that_was_read() -> None:
    rig = Rig()
    rig.fed(pcm((LOUD, 2 * 16_000), (QUIET, 10 * FRAME)))
    assert rig.one.unseen == 0


def test_long_speech_is_cut_behind_a_mark_that_two_looks_agree_on() -> None:
    rig = Rig(every=6)
    heard = rig.fed(pcm((LOUD, 5 * 16_000)))
    (final,) = finals(heard)
    assert final.text.endswith(",")
    assert len(final.words) % 6 == 0
    assert abs(final.until - len(final.words) * SYLLABLE) <= 16_000 // 8
    assert final.end <= final.until
    assert rig.one.quiet_until == final.until
    later = rig.fed(pcm((LOUD, 16_000), (QUIET, 16_000)), position=5 * 16_000)
    assert all(after.start >= final.until for after in later)
    assert finals(later)[-1].until > 6 * 16_000


def test_a_sentence_that_is_over_does_not_wait_until_speech_is_long() -> None:
    (sentence,) = finals(Rig(every=6, mark=".").fed(pcm((LOUD, 3 * 16_000))))
    assert len(sentence.words) == 6
    assert not finals(Rig(every=6, mark=",").fed(pcm((LOUD, 3 * 16_000))))


def test_without_a_mark_it_is_cut_in_a_gap_after_eight_seconds_never_in_a_word() -> None:
    rig = Rig()
    words = [part for _ in range(40) for part in ((LOUD, SYLLABLE - 400), (GAP, 400))]
    cut = finals(rig.fed(pcm(*words)))
    assert cut
    for final in cut:
        assert 6 * 16_000 <= final.until - final.start <= CAP
        assert SYLLABLE - 400 <= final.until % SYLLABLE <= SYLLABLE


@pytest.mark.parametrize("look", [0, 8_000])
def test_no_utterance_is_longer_than_the_cap_and_no_sample_is_lost_or_heard_twice(look: int) -> None:
    rig = Rig(look=look)
    heard = rig.fed(pcm((LOUD, 35 * 16_000))) + rig.one.finish()
    cuts = [0, *(final.until for final in finals(heard))]
    assert cuts[-1] == 35 * 16_000
    assert all(0 < after - before <= CAP + FRAME for before, after in pairwise(cuts))
    assert all(final.start >= before for before, final in zip(cuts, finals(heard), strict=False))


def test_finish_ends_the_utterance_with_the_very_last_sample() -> None:
    rig = Rig()
    audio = pcm((LOUD, 20 * FRAME + 77))
    rig.fed(audio, position=5)
    (final,) = rig.one.finish()
    assert final.until == rig.one.quiet_until == 5 + 20 * FRAME + 77
    assert rig.reader.heard[-1] == audio
    assert rig.one.finish() == []


def test_finish_in_a_pause_uses_what_was_read_in_it() -> None:
    rig = Rig(look=0)
    rig.fed(pcm((LOUD, 20 * FRAME), (QUIET, 10 * FRAME)))
    (final,) = rig.one.finish()
    assert final.until == 30 * FRAME
    assert len(rig.reader.heard) == 1


def test_finish_in_silence_says_nothing_and_all_is_quiet() -> None:
    rig = Rig()
    assert rig.fed(pcm((QUIET, 10_000))) == []
    assert rig.one.quiet_until == 9_728 - PRE_ROLL_FRAMES * FRAME
    assert rig.one.finish() == []
    assert rig.one.quiet_until == 10_000
    assert rig.reader.heard == []


def test_after_finish_the_pre_roll_does_not_reach_back() -> None:
    rig = Rig()
    rig.fed(pcm((QUIET, 5_000)))
    rig.one.finish()
    rig.fed(pcm((LOUD, 5 * FRAME)), position=5_000)
    rig.one.finish()
    assert rig.reader.heard == [pcm((LOUD, 5 * FRAME))]


def test_a_jump_in_position_finishes_the_utterance() -> None:
    rig = Rig(look=0)
    rig.fed(pcm((LOUD, 20 * FRAME)))
    (final,) = finals(rig.one.feed(100_000, pcm((LOUD, 20 * FRAME))))
    assert final.until == 20 * FRAME
    (final,) = rig.one.finish()
    assert final.until == 100_000 + 20 * FRAME
    assert final.start >= 100_000
    assert rig.detector.resets == 2


def test_an_utterance_without_words_becomes_quiet() -> None:
    rig = Rig()
    cough = pcm((QUIET, 20 * FRAME), (LOUD, START_FRAMES * FRAME), (QUIET, 40 * FRAME))
    assert rig.fed(cough) == []
    assert len(rig.reader.heard) == 1
    assert rig.one.quiet_until >= (20 + START_FRAMES + 40 - PRE_ROLL_FRAMES - 3) * FRAME


def test_what_is_not_believed_is_not_said() -> None:
    rig = Rig()
    rig.reader.sureness = -2.0
    assert rig.fed(pcm((LOUD, 12 * 16_000), (QUIET, 16_000))) == []


def spoken(seconds: float) -> bytes:
    """Speech, and the silence after it."""
    return pcm((LOUD, round(seconds * 16_000)), (QUIET, 20_000))


def test_a_language_that_is_to_be_found_out_is_told_and_certain_with_a_final_of_three_seconds() -> None:
    rig = Rig(language="auto")
    one = rig.fed(spoken(1))
    assert {(hypothesis.language, hypothesis.certain) for hypothesis in one} == {("gl", False)}
    rig.reader.speaks = "pt"
    two = finals(rig.fed(spoken(3.5), position=36_000))
    assert [(final.language, final.certain) for final in two] == [("pt", True)]
    rig.reader.speaks = "es"
    three = finals(rig.fed(spoken(3), position=36_000 + 76_000))
    assert [(final.language, final.certain) for final in three] == [("pt", True)]
    assert rig.reader.languages[-1] == "pt"


def test_short_finals_make_a_language_certain_when_they_agree_for_long_enough() -> None:
    rig, position, found = Rig(language="auto"), 0, []
    for speaks in ("pt", "gl", "gl", "gl", "gl"):
        rig.reader.speaks = speaks
        found += finals(rig.fed(spoken(1), position))
        position += 36_000
    assert [(final.language, final.certain) for final in found] == [
        ("pt", False), ("gl", False), ("gl", False), ("gl", True), ("gl", True),
    ]  # fmt: skip


def test_nothing_is_shown_before_the_language_can_be_told() -> None:
    rig = Rig(language="auto")
    assert rig.fed(pcm((LOUD, 2 * 16_000))) == []
    assert rig.fed(pcm((LOUD, 2 * 16_000)), position=32_000)


def test_what_whisper_calls_by_a_name_of_its_own_bears_the_usual_tag() -> None:
    rig = Rig(language="auto")
    rig.reader.speaks = "jw"
    assert finals(rig.fed(spoken(4)))[0].language == "jv"


def test_a_language_that_was_said_is_neither_found_out_nor_told() -> None:
    rig = Rig(language="es")
    (final,) = finals(rig.fed(spoken(3.75)))
    assert (final.language, final.certain, set(rig.reader.languages)) == ("", False, {"es"})


def test_finals_tell_now_and_then_which_language_they_were_taken_for() -> None:
    rig = Rig(language="es")
    rig.reader.speaks = "en"
    found = finals(rig.fed(spoken(3) * 6))
    assert [final.heard_language for final in found].count("en") == rig.reader.asked
    assert {final.heard_language for final in found} == {"en", ""}
    assert 2 <= rig.reader.asked <= 25.5 / 5  # of so many seconds


def test_a_short_utterance_does_not_tell_which_language_it_is() -> None:
    rig = Rig(language="es")
    rig.reader.speaks = "en"
    assert [final.heard_language for final in finals(rig.fed(spoken(1.25) * 4))] == [""] * 4
    assert rig.reader.asked == 0


def test_a_doubtful_language_and_a_close_relative_say_nothing_of_another_language() -> None:
    doubtful, related = Rig(language="es"), Rig(language="gl")
    doubtful.reader.speaks, doubtful.reader.probability = "en", 0.5
    related.reader.speaks = "es"
    assert finals(doubtful.fed(spoken(3)))[0].heard_language == ""
    assert finals(related.fed(spoken(3)))[0].heard_language == "gl"


def test_another_language_is_not_looked_for_while_the_language_is_to_be_found_out() -> None:
    rig = Rig(language="auto")
    rig.reader.speaks = "es"
    rig.fed(spoken(2.5))
    assert rig.reader.asked == 0
