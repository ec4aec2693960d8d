"""What a listener got of an utterance: times from when the words were due, and what is wrong with it."""

from typing import Any

from dragoman.client.connection import SpeechPart
from dragoman.load.response import UtteranceResponse
from schemas.socket import Caption, TranslatedAudio

START, END = 16_000, 64_000
"""From 1 to 4 s; sample 0 was due at 100."""


def response(*, hears: bool = True) -> UtteranceResponse:
    return UtteranceResponse(START, END, lambda position: 100 + position / 16_000, hears=hears)


def caption(start: int, end: int, text: str = "words", **changes: Any) -> Caption:
    members: dict[str, Any] = {
        "segment": start,
        "revision": end - start,
        "final": True,
        "language": "es",
        "text": text,
        "stable_chars": 0,
        "start_ms": start // 16,
        "end_ms": end // 16,
        "spoken_at": 0,
        "outcome": "ok",
        "reason": "",
    }
    return Caption(**(members | changes))


def part(segment: int, end: int, *, last: bool = True, audio: bytes = b"sound", **changes: Any) -> SpeechPart:
    members: dict[str, Any] = {
        "segment": segment,
        "part": 0,
        "last": last,
        "language": "es",
        "format": "pcm16",
        "sample_rate": 16_000,
        "duration_ms": 1000,
        "start_ms": segment // 16,
        "end_ms": end // 16,
        "spoken_at": 0,
        "outcome": "ok",
        "reason": "",
    }
    return SpeechPart(TranslatedAudio(**(members | changes)), audio)


def test_an_utterance_of_one_final_is_over_with_the_last_part_of_its_speech():
    got = response()
    got.caption(104.5, caption(START, END))
    got.accounted(END)
    assert (got.first_token_s, got.done) == (0.5, False)
    got.speech(104.75, part(START, END, last=False))
    assert (got.first_audio_s, got.first_audio_at, got.done) == (0.75, 104.75, False)
    got.speech(105.25, part(START, END))
    assert (got.total_s, got.wrong) == (1.25, set())


def test_who_only_reads_waits_for_no_speech():
    got = response(hears=False)
    got.caption(104.5, caption(START, END))
    got.accounted(END)
    assert got.total_s == 0.5


def test_a_final_in_the_middle_counts_from_its_own_words_and_never_from_later_than_the_end_of_the_speech():
    got = response()
    got.caption(102.5, caption(START, 32_000))
    assert got.first_token_s == 0.5
    late = response()
    late.caption(105.0, caption(START, 72_000))  # a recogniser that takes the silence for speech gains nothing
    assert late.first_token_s == 1.0


def test_it_is_over_when_finals_account_for_all_of_it_however_many_they_are():
    got = response(hears=False)
    got.caption(102.5, caption(START, 32_000))
    got.accounted(32_000)
    assert not got.done
    got.caption(104.25, caption(32_000, 60_000))
    got.accounted(60_000)
    assert got.total_s == 0.5


def test_every_segment_with_text_owes_its_speech_whichever_comes_first():
    got = response()
    got.speech(102.0, part(START, 32_000))
    got.caption(102.5, caption(START, 32_000))
    got.caption(104.25, caption(32_000, END))
    got.accounted(END)
    assert not got.done
    got.speech(104.5, part(32_000, END))
    assert got.total_s == 0.5


def test_a_word_that_straggles_in_counts_when_it_came_though_nothing_seemed_to_be_missing():
    got = response(hears=False)
    got.caption(104.0, caption(START, END - 8_000))
    got.accounted(END - 8_000)
    assert (got.done, got.heard_out, got.total_s) == (True, False, 0.5), "from the end of the words so far"
    got.caption(106.0, caption(END - 8_000, END))
    got.accounted(END)
    assert (got.done, got.heard_out, got.total_s) == (True, True, 2.0)


def test_what_accounts_for_the_rest_much_later_makes_nothing_longer():
    got = response(hears=False)
    got.caption(104.5, caption(START, END - 8_000))
    got.accounted(END - 8_000)
    got.accounted(END + 64_000)
    assert (got.heard_out, got.total_s) == (True, 1.0)


def test_what_is_understood_behind_an_utterance_that_was_heard_out_is_something_else():
    got = response()
    got.caption(104.5, caption(START, END))
    got.accounted(END)
    got.caption(106.5, caption(END, END + 32_000))
    got.accounted(END + 32_000)
    got.speech(105.0, part(START, END))
    got.speech(107.0, part(END, END + 32_000, outcome="skipped", reason="deadline"))
    assert (got.done, got.total_s, got.wrong) == (True, 1.0, set())


def test_a_final_before_a_short_utterance_is_not_taken_for_it():
    short = UtteranceResponse(END, END + 8_000, lambda position: position / 16_000, hears=False)
    short.accounted(END)
    assert not short.done


def test_partials_are_first_tokens_and_nothing_else():
    got = response()
    got.caption(103.0, caption(START, 40_000, final=False))
    assert got.first_token_s == 0.5
    got.accounted(END)
    assert got.done, "a partial owes no speech"


def test_what_is_skipped_or_fails_is_over_and_said():
    got = response()
    got.caption(104.5, caption(START, END, "", outcome="failed", reason="engine"))
    got.accounted(END)
    assert got.done
    assert got.wrong == {"caption failed (engine)", "nothing was understood"}
    spoken = response()
    spoken.caption(104.5, caption(START, END))
    spoken.accounted(END)
    spoken.speech(120.0, part(START, END, audio=b"", outcome="skipped", reason="deadline", format=""))
    assert (spoken.done, spoken.first_audio_s, spoken.wrong) == (True, None, {"speech skipped (deadline)"})
    assert (spoken.first_token_s, spoken.total_s) == (0.5, None), "the text came, the whole did not"


def test_what_comes_behind_something_that_was_lost_is_not_the_first():
    got = response()
    got.caption(103.0, caption(START, 32_000, "", outcome="failed", reason="engine"))
    got.caption(104.25, caption(32_000, END))
    got.accounted(END)
    got.speech(104.75, part(32_000, END))
    assert (got.done, got.first_token_s, got.total_s) == (True, None, None)
    assert got.wrong == {"caption failed (engine)"}
    spoken = response()
    spoken.caption(103.0, caption(START, 32_000))
    spoken.caption(104.25, caption(32_000, END))
    spoken.accounted(END)
    spoken.speech(104.5, part(START, 32_000, audio=b"", outcome="skipped", reason="deadline"))
    spoken.speech(104.75, part(32_000, END))
    assert (spoken.done, spoken.first_audio_s, spoken.total_s) == (True, None, None)
    assert spoken.first_audio_at == 104.75, "it can be interrupted"


def test_silence_in_its_place_is_nothing_understood():
    got = response()
    got.accounted(END + 16_000)
    assert (got.done, got.wrong) == (True, {"nothing was understood"})


def test_what_was_revised_later_is_no_answer_and_what_was_missed_is_said():
    got = response()
    got.caption(130.0, caption(START, END, revised=True))
    assert got.first_token_s is None
    got.missed()
    assert got.wrong == {"missed"}
