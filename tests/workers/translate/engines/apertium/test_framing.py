"""A frame carries any text and is never taken for another."""

import pytest

from workers.translate.engines.apertium.framing import frame, one_line, unframe
from workers.translate.processes.frames import FrameError, end_of, new_nonce

NASTY = [
    "",
    "plain",
    "[/0123456789ab]",
    "[] {x} ^a<n>$ / \\ @ <b>",
    "\\[",
    "ends in a block[]",
    "ends in a stop.",
    "wait...",
    "€ 😀 ñ",
]


@pytest.mark.parametrize("text", NASTY)
def test_what_goes_in_comes_out_of_a_pipeline_that_changes_nothing(text: str) -> None:
    nonce = new_nonce()
    assert unframe(frame(text, nonce), nonce) == text


def test_the_text_cannot_hold_the_end_of_its_frame() -> None:
    nonce = "0123456789ab"
    assert frame(f"[/{nonce}]", nonce).count(end_of(nonce)) == 1


def test_no_two_requests_share_a_nonce() -> None:
    assert len({new_nonce() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "reply",
    [
        b"hola.[]\0[/ffffffffffff]\0",  # another request's
        b"hola.[]\0",  # cut off
        b"\0[/0123456789ab]\0",  # a stage lost the text: an empty success
        b"hola\0[/0123456789ab]\0",
        b"late.[]\0[/ffffffffffff]\0hola.[]\0[/0123456789ab]\0",  # prefixed by another's
    ],
)
def test_a_broken_reply_is_an_error_and_no_text(reply: bytes) -> None:
    with pytest.raises(FrameError):
        unframe(reply, "0123456789ab")


def test_spaces_that_apertium_doubles_are_single() -> None:
    assert unframe(b" hola  que \xc2\xa0 tal .[]\0[/0123456789ab]\0", "0123456789ab") == "hola que tal"


@pytest.mark.parametrize(
    "control", ["\0", "\n", "\r\n", "\t", "\x1b", "\x85", "\u2028", "\ud800", "\uffff", "\U0010ffff"]
)
def test_what_apertium_cannot_carry_is_a_space(control: str) -> None:
    assert one_line(f"{control}one{control}two{control}") == "one two"
    assert frame(one_line(f"one{control}"), "0123456789ab")


def test_the_tilde_is_dropped() -> None:
    assert one_line("~a~b ~ c") == "ab c"
