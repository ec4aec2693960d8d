"""The path of a segment, from its records."""

from msgspec import structs

from dragoman.ops.trace import PathOfSegment, Step, paths, steps
from schemas.messages import Message, Speech, Transcript, Translation, Usage
from workers.stage import Record

SPOKEN = 1_000_000
WHERE = {
    "segment": 160_000,
    "until": 200_000,
    "start": 161_000,
    "end": 199_000,
    "spoken_at": SPOKEN,
    "revision": 40_000,
}
TIMES = {"ingested_at": SPOKEN + 100, "transcribed_at": SPOKEN + 1300}
TRANSCRIPT = Transcript(**WHERE, **TIMES, final=True, language="en", engine="whisper", text="said")  # type: ignore[arg-type]
SPANISH = Translation(
    **WHERE, **TIMES, final=True, language="es", engine="firefox", text="dicho", source_text="said",  # type: ignore[arg-type]
    source_language="en", translated_at=SPOKEN + 1500,
)  # fmt: skip
FRENCH = structs.replace(SPANISH, language="fr", translated_at=SPOKEN + 1900, outcome="failed", reason="engine")
SPEECH = Speech(
    **WHERE, **TIMES, final=True, language="es", engine="kokoro", part=0, last=True, format="ogg-opus",  # type: ignore[arg-type]
    sample_rate=48_000, duration_ms=2100, source_language="en", translated_at=SPOKEN + 1500,
    synthesized_at=SPOKEN + 2300,
)  # fmt: skip
CALL = Usage(
    stage="translate", engine="amazon", language="en", target_language="es", segment=160_000, final=True, took_ms=90,
    outcome="failed", reason="engine", at=SPOKEN + 1400,
)  # fmt: skip


def written(topic: str, message: Message, at: int, offset: int = 7) -> Record:
    return Record(topic, 3, offset, "calm-otter-123-x", message, SPOKEN + at)


ALL = [
    written("transcripts", structs.replace(TRANSCRIPT, final=False, revision=9), 900),
    written("transcripts", structs.replace(TRANSCRIPT, segment=0), 0),
    written("transcripts", TRANSCRIPT, 1310),
    written("translations", SPANISH, 1510),
    written("translations", FRENCH, 1910),
    written("speech", SPEECH, 2310),
    written("speech", structs.replace(SPEECH, part=1, synthesized_at=SPOKEN + 9000), 9010, 8),
    written("usage", CALL, 1400),
]


def test_a_line_says_when_each_stage_was_done_where_it_took_longest() -> None:
    first, second = paths(ALL)
    assert first.segment == 0
    assert second == PathOfSegment(
        160_000, 161_000, 199_000, SPOKEN,
        {"log": 0.1, "transcribe": 1.3, "translate": 1.9, "synthesize": 2.3}, "failed engine",
    )  # fmt: skip


def test_what_came_long_after_the_words_says_nothing_of_the_way() -> None:
    late = structs.replace(SPANISH, revised=True, revision=80_000, translated_at=SPOKEN + 900_000)
    (path,) = paths([written("transcripts", TRANSCRIPT, 1310), written("translations", late, 900_000)])
    assert path.done_s == {"log": 0.1, "transcribe": 1.3}
    path_of_late = steps([written("translations", late, 900_000)], 160_000)
    assert path_of_late[-2].how == "firefox, revision 80000"


def test_all_that_happened_to_a_segment_comes_in_order_and_once() -> None:
    assert [(step.at - SPOKEN, step.what, step.where, step.how) for step in steps(ALL, 160_000)] == [
        (0, "spoken", "", "the end of the words"),
        (100, "log", "audio", "given to the log"),
        (1300, "transcribe", "en", "whisper"),
        (1310, "log", "transcripts:3:7", "written"),
        (1400, "call", "es", "translate by amazon, failed engine in 90 ms"),
        (1500, "translate", "es", "firefox"),
        (1510, "log", "translations:3:7", "written"),
        (1900, "translate", "fr", "firefox, failed engine"),
        (1910, "log", "translations:3:7", "written"),
        (2300, "synthesize", "es", "kokoro, part 0, 2.1 s ogg-opus"),
        (2310, "log", "speech:3:7", "written"),
        (9000, "synthesize", "es", "kokoro, part 1, 2.1 s ogg-opus"),
        (9010, "log", "speech:3:8", "written"),
    ]


def test_what_nobody_made_is_known_by_its_record_alone() -> None:
    skipped = structs.replace(SPANISH, engine="", outcome="skipped", reason="no-audience", translated_at=0)
    found = steps([written("translations", skipped, 1400)], 160_000)
    assert found[-1] == Step(SPOKEN + 1400, "log", "translations:3:7", "es no engine, skipped no-audience")
    assert steps(ALL, 5) == []
    nobody = structs.replace(CALL, engine="", outcome="skipped", reason="no-audience", final=False)
    assert steps([written("usage", nobody, 0)], 160_000)[0].how == "translate by nobody, skipped no-audience, partial"
