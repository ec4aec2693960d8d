"""What the captions of the floor tell the speaker."""

from typing import Any

from gateway.speaking.late import Late
from schemas.socket import Caption, Error, Warning


def caption(**members: Any) -> Caption:
    """A final one, from the first to the fifth second."""
    return Caption(
        **(
            {
                "segment": 0, "revision": 1, "final": True, "language": "en", "text": "", "stable_chars": 0,
                "start_ms": 1000, "end_ms": 5000, "spoken_at": 0, "outcome": "skipped", "reason": "",
            }
            | members
        )
    )  # fmt: skip


def test_a_jump_to_live_is_told_with_what_was_skipped() -> None:
    told = Late().notice(caption(reason="jump"))
    assert isinstance(told, Warning)
    assert (told.code, told.figures["skippedMs"]) == ("falling-behind", 4000)


def test_that_nobody_hears_is_told_once_a_stretch() -> None:
    late = Late()
    told = [late.notice(caption(reason="at-capacity")) for _ in range(3)]
    assert isinstance(told[0], Error)
    assert (told[0].code, told[0].retryable, told[1:]) == ("at-capacity", True, [None, None])
    assert late.notice(caption(outcome="ok")) is None
    assert late.notice(caption(reason="at-capacity")) is not None


def test_speech_that_was_heard_is_nothing_to_tell() -> None:
    assert Late().notice(caption(outcome="ok")) is None
    assert Late().notice(caption(reason="deadline")) is None
