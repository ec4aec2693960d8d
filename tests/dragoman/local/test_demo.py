"""What the demo shows."""

import ipaddress

import msgspec

from dragoman.client.connection import SpeechPart
from dragoman.local.demo import Display, own_address
from dragoman.local.screen import CLEAR_LINE, Screen
from schemas.socket import Caption, TranslatedAudio

SPOKEN = {"segment": 0, "start_ms": 0, "end_ms": 0, "spoken_at": 100_000, "outcome": "ok", "reason": ""}


def caption(text: str, language: str, *, final: bool = True) -> Caption:
    fields = {**SPOKEN, "revision": 1, "stable_chars": 0}
    return Caption(text=text, language=language, final=final, **fields)  # type: ignore[arg-type]  # fields


def voice(audio: bytes) -> SpeechPart:
    fields = {**SPOKEN, "part": 0, "last": True, "sample_rate": 48_000, "duration_ms": 1_500, "format": "ogg-opus"}
    return SpeechPart(TranslatedAudio(language="es", **fields), audio)  # type: ignore[arg-type]  # fields


def shown(*messages: object, tty: bool = False) -> str:
    text = []

    def echo(line: str, nl: bool = True) -> None:
        text.append(line + ("\n" if nl else ""))

    display = Display(Screen(echo, tty=tty, width=lambda: 80), now=lambda: 100.75)
    for message in messages:
        display.take(message)  # type: ignore[arg-type]  # what a listener yields
    return "".join(text)


def test_each_language_and_the_voice_come_with_the_seconds_since_the_words():
    assert shown(caption("Hello.", "en"), caption("Hola.", "es"), voice(b"sound")) == (
        "\nEnglish   0.75 s  Hello.\nSpanish   0.75 s  Hola.\n  voice   0.75 s  1.5 s of speech\n"
    )


def test_what_is_not_final_is_written_over_on_a_terminal_only():
    assert shown(caption("Hel", "en", final=False)) == ""
    live = shown(caption("Hel", "en", final=False), caption("Hello.", "en"), tty=True)
    assert live == f"{CLEAR_LINE}      …           Hel{CLEAR_LINE}\nEnglish   0.75 s  Hello.\n"


def test_silence_and_holes_are_not_shown():
    assert shown(caption("", "en"), voice(b"")) == ""


def test_what_is_revised_after_its_time_is_not_shown_as_if_it_took_so_long():
    assert shown(msgspec.structs.replace(caption("Hello.", "en"), revised=True)) == ""


def test_a_clock_that_is_behind_shows_no_negative_seconds():
    display = shown(caption("Hello.", "es"))
    assert "-" not in display


def test_the_own_address_is_one_that_others_can_reach():
    address = own_address()
    assert not address or not ipaddress.ip_address(address).is_loopback
