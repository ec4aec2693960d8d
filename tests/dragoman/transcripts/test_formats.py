"""The files, to the letter."""

import json

import msgspec
import pytest

from dragoman.transcripts.formats import FORMATS, FileFormat, Transcribed, file_name, written
from dragoman.transcripts.said import Finals
from tests.dragoman.transcripts.spoken import SECOND, SESSION, said_of, transcript, translation

HEAD = "Of otters & men, 1970-01-01\n\n"

TALK = said_of(
    translation(0, "Hola & <b>adiós</b> --> fin", revision=7),
    translation(2 * SECOND, "", outcome="skipped", reason="deadline"),
    translation(4 * SECOND, "Otra vez."),
    translation(9 * SECOND, "Tras una pausa.", until=10 * SECOND),
    language="es",
)


def file(form: FileFormat) -> str:
    return written(Transcribed(SESSION, "es", TALK), form).decode()


def test_srt():
    assert file("srt") == (
        "1\n00:00:00,000 --> 00:00:02,000\nHola & \u2039b>adiós\u2039/b> → fin\n\n"
        "2\n00:00:02,000 --> 00:00:04,000\n[missing: too late]\n\n"
        "3\n00:00:04,000 --> 00:00:06,000\nOtra vez.\n\n"
        "4\n00:00:06,000 --> 00:00:09,000\n[missing]\n\n"
        "5\n00:00:09,000 --> 00:00:11,000\nTras una pausa.\n"
    )


def test_vtt_names_the_language_and_escapes_the_text():
    assert file("vtt").startswith(
        "WEBVTT\nKind: captions\nLanguage: es\n\n"
        "NOTE Written and translated by software, may contain errors.\n\n"
        "NOTE Of otters &amp; men, 1970-01-01\n\n"
        "00:00:00.000 --> 00:00:02.000\nHola &amp; &lt;b&gt;adiós&lt;/b&gt; --&gt; fin\n\n"
        "00:00:02.000 --> 00:00:04.000\n[missing: too late]\n\n"
    )


def test_txt_has_paragraphs_and_says_where_something_is_missing():
    assert file("txt") == (
        f"{HEAD}Hola & <b>adiós</b> --> fin\n\n[missing: too late]\n\nOtra vez.\n\n[missing]\n\nTras una pausa.\n"
    )


def test_a_paragraph_goes_on_until_a_silence_or_until_it_is_long():
    short = said_of(transcript(0, "One."), transcript(2 * SECOND, "Two."), transcript(4 * SECOND, "", seconds=3))
    assert written(Transcribed(SESSION, "en", short), "txt") == f"{HEAD}One. Two.\n".encode()
    after = said_of(transcript(0, "One."), transcript(2 * SECOND, "", seconds=3), transcript(5 * SECOND, "Two."))
    assert written(Transcribed(SESSION, "en", after), "txt") == f"{HEAD}One.\n\nTwo.\n".encode()
    long = said_of(*(transcript(n * 2 * SECOND, "A sentence of some length.") for n in range(60)))
    assert 3 < len(written(Transcribed(SESSION, "en", long), "txt").decode().split("\n\n")) < 5


def test_japanese_sentences_follow_without_a_space():
    said = said_of(transcript(0, "はい。"), transcript(2 * SECOND, "いいえ。"))
    assert written(Transcribed(SESSION, "ja", said), "txt").decode() == f"{HEAD}はい。いいえ。\n"


def test_json_is_one_object_with_the_facts_and_the_segments():
    content = json.loads(file("json"))
    assert {name: content[name] for name in content if name != "segments"} == {
        "sessionId": "calm-otter-123",
        "title": "Of otters & men",
        "sourceLanguage": "en",
        "language": "es",
        "state": "live",
        "createdAt": 1000,
        "startedAt": 0,
        "pauses": [],
        "notice": "Written and translated by software, may contain errors.",
    }
    assert content["segments"][0] == {
        "segment": 0,
        "startMs": 0,
        "endMs": 2000,
        "wallStartMs": 0,
        "wallEndMs": 2000,
        "text": "Hola & <b>adiós</b> --> fin",
        "sourceText": "said",
        "outcome": "ok",
        "reason": "",
    }
    assert [(each["outcome"], each["reason"]) for each in content["segments"][1:4]] == [
        ("skipped", "deadline"),
        ("ok", ""),
        ("skipped", ""),
    ]


def test_the_notice_is_worded_as_the_operator_wants() -> None:
    said = Transcribed(SESSION, "es", TALK, notice="By <machines> --> check it")
    assert "\n\nNOTE By &lt;machines&gt; --&gt; check it\n\n" in written(said, "vtt").decode()
    assert json.loads(written(said, "json"))["notice"] == "By <machines> --> check it"


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_said_yet_is_a_file_as_well(form: FileFormat):
    empty = written(Transcribed(SESSION, "es", []), form)
    assert not empty.startswith(b"\xef\xbb\xbf")
    if form == "json":
        assert json.loads(empty)["segments"] == []


def test_the_name_of_a_file_is_that_of_the_talk():
    assert file_name(SESSION, "es", "srt") == "Of-otters-men.1970-01-01.es.srt"
    for title, name in (("", "calm-otter-123"), ("../../etc/passwd", "etc-passwd"), ('a"\r\nb', "a-b"), ("水", "水")):
        assert file_name(msgspec.structs.replace(SESSION, title=title), "es", "txt") == f"{name}.1970-01-01.es.txt"


def test_what_is_left_of_a_hole_that_was_filled_in_part_is_missing_in_every_format():
    said = said_of(
        translation(0, "", until=6 * SECOND, outcome="skipped", reason="jump"),
        translation(6 * SECOND, "Tras el salto."),
        translation(0, "Lo primero.", until=2 * SECOND, revision=9, revised=True),
        language="es",
    )
    whole = {form: written(Transcribed(SESSION, "es", said), form).decode() for form in FORMATS}
    mark = "[missing: the service was too far behind]"
    assert whole["txt"] == f"{HEAD}Lo primero.\n\n{mark}\n\nTras el salto.\n"
    assert f"2\n00:00:02,000 --> 00:00:06,000\n{mark}\n\n3\n" in whole["srt"]
    assert f"00:00:02.000 --> 00:00:06.000\n{mark}\n\n" in whole["vtt"]
    segments = [(each["segment"], each["endMs"], each["reason"]) for each in json.loads(whole["json"])["segments"]]
    assert segments == [(0, 2_000, ""), (2 * SECOND, 6_000, "jump"), (6 * SECOND, 8_000, "")]


def test_files_of_a_session_bear_the_language_that_was_found_out() -> None:
    session = msgspec.structs.replace(SESSION, source_language="auto")
    finals = Finals()
    for message in (transcript(0, "Good morning."), transcript(2 * SECOND, "Hola.", language="es")):
        finals.take(message)
    found = Transcribed.of(session, finals)
    assert found.language == "es"
    assert "Language: es\n" in written(found, "vtt").decode()
    assert written(found, "txt").decode() == f"{HEAD}Good morning. Hola.\n"
    file = msgspec.json.decode(written(found, "json"))
    assert (file["sourceLanguage"], file["language"]) == ("es", "es")
    assert [segment.get("language") for segment in file["segments"]] == ["en", None]
