"""What comes out otherwise than it did."""

from msgspec import structs

from dragoman.ops.changes import Changed, changes
from tests.dragoman.ops.test_trace import CALL, FRENCH, SPANISH, SPEECH, TRANSCRIPT


def test_only_what_differs_is_named() -> None:
    other = structs.replace(SPANISH, text="dijo")
    assert changes([SPANISH, FRENCH, CALL], [other, FRENCH]) == [Changed(160_000, "es", "dicho", "dijo")]
    assert changes([SPANISH], [SPANISH]) == []


def test_what_there_was_not_or_is_not_any_more_is_a_change_too() -> None:
    earlier = structs.replace(TRANSCRIPT, segment=0, text="")
    assert changes([TRANSCRIPT], [earlier]) == [
        Changed(0, "en", "", "(silence)"),
        Changed(160_000, "en", "said", ""),
    ]
    assert changes([FRENCH], [structs.replace(FRENCH, outcome="ok", text="dit")])[0].before == "[failed: engine]"


def test_speech_is_compared_by_its_length_part_by_part() -> None:
    second = structs.replace(SPEECH, part=1, duration_ms=500)
    longer = structs.replace(second, duration_ms=600, engine="piper")
    slightly = structs.replace(SPEECH, duration_ms=SPEECH.duration_ms + 50)
    assert changes([SPEECH, second], [slightly, longer]) == [
        Changed(160_000, "es", "0.50 s ogg-opus", "0.60 s ogg-opus")
    ]


def test_partials_and_what_came_late_are_not_compared() -> None:
    late = structs.replace(SPANISH, revised=True, revision=99_999, text="corrected")
    open_ = structs.replace(SPANISH, final=False, text="dich")
    assert changes([SPANISH, late], [open_, SPANISH]) == []
