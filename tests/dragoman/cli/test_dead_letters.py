"""`dragoman dead-letters` on a real Kafka, as an operator meets it."""

from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from dragoman.cli import main
from schemas import wire
from schemas.messages import Audio, DeadLetter, End, LetterSettled, Message, Transcript, Wanted
from tests.servers import wait
from tests.workers.worker_process import Envelope, connected

PARTITION = 1


def run(kafka: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["dead-letters", *arguments, "--kafka", kafka], catch_exceptions=False)


@pytest.fixture
def session() -> str:
    return f"lost-heron-{uuid4().hex[:6]}-x"


def bury(
    kafka: str,
    session: str,
    *,
    topic: str = "transcripts",
    value: bytes = b"{broken",
    headers: wire.Headers | None = None,
    later: str = "",
) -> str:
    """A record that a stage gave up, perhaps with the end of language `later` behind it; the id of its letter."""

    async def bury() -> str:
        async with connected(kafka) as broker:
            raw = [("x", b"\xe9")] if headers is None else headers
            offset = await broker.send_raw(topic, session, value, raw, PARTITION)
            if later:
                await broker.send("transcripts", session, End(position=5, language=later, ended_at=0), PARTITION)
            letter = DeadLetter(
                stage="translate",
                topic=topic,
                partition=PARTITION,
                offset=offset,
                error="UndecodableError: transcripts: DecodeError",
                headers={name: text.decode("latin-1") for name, text in raw},
                value=value,
                at=1_700_000_000_000,
            )
            return f"{PARTITION}:{await broker.send('dead-letters', session, letter, PARTITION)}"

    return str(wait(bury()))


def logged(kafka: str, topic: str, session: str, count: int) -> list[Envelope]:
    async def read() -> list[Envelope]:
        async with connected(kafka) as broker:
            return await broker.read(topic, lambda records: len(records) >= count, session)

    return list(wait(read()))


def line_of(kafka: str, letter: str) -> str:
    """The letter's line in the list; empty when it is not listed."""
    lines = run(kafka, "list").stdout.splitlines()
    return next((line for line in lines if line.split()[0] == letter), "")


def test_the_list_says_where_a_letter_came_from_when_and_why_and_none_of_its_words(kafka: str, session: str) -> None:
    letter = bury(kafka, session)
    line = line_of(kafka, letter)
    assert "2023-11-14 22:13:20" in line
    assert f" {session.removesuffix('-x')} " in line
    assert f"translate transcripts:{PARTITION}:" in line
    assert line.endswith("UndecodableError: transcripts: DecodeError")
    assert "broken" not in line


def test_a_letter_is_shown_with_its_headers_and_a_warning(kafka: str, session: str) -> None:
    shown = run(kafka, "show", bury(kafka, session))
    assert "words that were spoken" in shown.stderr
    assert "header   x: 'é'" in shown.stdout
    assert "not decodable: b'{broken'" in shown.stdout


def test_a_letter_that_can_be_decoded_is_shown_as_its_message(kafka: str, session: str) -> None:
    end = b'{"type":"end","position":7,"language":"en","ended_at":0}'
    assert '"position":7' in run(kafka, "show", bury(kafka, session, value=end)).stdout


def test_a_discarded_letter_is_no_longer_listed_and_the_log_says_so(kafka: str, session: str) -> None:
    letter = bury(kafka, session)
    assert run(kafka, "discard", letter).exit_code == 0
    assert not line_of(kafka, letter)
    settled = logged(kafka, "dead-letters", session, 2)[1][2]
    assert isinstance(settled, LetterSettled)
    assert (f"{settled.partition}:{settled.offset}", settled.how) == (letter, "discarded")
    again = run(kafka, "discard", letter)
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)


def test_a_replayed_letter_is_its_record_again_on_its_partition_and_is_no_longer_listed(
    kafka: str, session: str
) -> None:
    end = b'{"type":"end","position":7,"language":"en","ended_at":0}'
    letter = bury(kafka, session, value=end)
    replayed = run(kafka, "replay", letter)
    assert replayed.exit_code == 0, replayed.output
    assert "overtaken" not in replayed.output
    records = logged(kafka, "transcripts", session, 2)
    assert [(partition, message) for _, partition, message in records] == [
        (PARTITION, End(position=7, language="en", ended_at=0))
    ] * 2
    assert not line_of(kafka, letter)


def test_a_letter_that_was_overtaken_says_so_and_is_given_back_only_by_force(kafka: str, session: str) -> None:
    end = b'{"type":"end","position":4,"language":"en","ended_at":0}'
    letter = bury(kafka, session, value=end, later="en")
    refused = run(kafka, "replay", letter)
    assert refused.exit_code == 2
    assert "was overtaken" in refused.stderr
    assert line_of(kafka, letter)
    forced = run(kafka, "replay", letter, "--force")
    assert forced.exit_code == 0
    assert "not reach listeners" in forced.stderr
    assert not line_of(kafka, letter)


def test_audio_is_given_back_with_its_headers(kafka: str, session: str) -> None:
    frame = Audio(kind="frame", position=3, captured_at=4, language="en", pcm=b"\1\0")
    value, headers = wire.encode("audio", frame)
    assert run(kafka, "replay", bury(kafka, session, topic="audio", value=value, headers=headers)).exit_code == 0
    assert [message for _, _, message in logged(kafka, "audio", session, 2)] == [frame, frame]


def test_another_language_of_the_session_overtakes_nothing(kafka: str, session: str) -> None:
    end = b'{"type":"end","position":4,"language":"ca","ended_at":0}'
    assert run(kafka, "replay", bury(kafka, session, value=end, later="en")).exit_code == 0


def test_a_letter_that_was_cut_is_never_given_back(kafka: str, session: str) -> None:
    for value, headers in ((b"{" * 500_000, None), (b"", [])):
        refused = run(kafka, "replay", bury(kafka, session, value=value, headers=headers))
        assert refused.exit_code == 2
        assert "is cut" in refused.stderr


@pytest.mark.parametrize("letter", ["7", "x:1", "0:999999"])
def test_an_id_that_is_none_is_one_line(kafka: str, letter: str) -> None:
    refused = run(kafka, "show", letter)
    assert (refused.exit_code, len(refused.stderr.strip().splitlines())) == (2, 1)


@pytest.mark.parametrize(
    "behind",
    [
        Wanted(language="es", at=1),
        Transcript(
            segment=0,
            until=5,
            start=0,
            end=5,
            spoken_at=0,
            final=True,
            revision=9,
            language="en",
            engine="",
            text="late",
            revised=True,
        ),
    ],
    ids=["asked for", "revised"],
)
def test_a_letter_is_not_overtaken_by_what_has_no_place_among_the_finals(kafka: str, session: str, behind: Message):
    letter = bury(kafka, session)

    async def follow() -> None:
        async with connected(kafka) as broker:
            await broker.send("transcripts", session, behind, PARTITION)

    wait(follow())
    assert run(kafka, "replay", letter).exit_code == 0


def test_a_language_that_is_asked_for_can_be_shown_and_given_back_at_any_time(kafka: str, session: str):
    value, headers = wire.encode("transcripts", Wanted(language="es", at=7))
    letter = bury(kafka, session, value=value, headers=headers, later="en")
    assert '"language":"es"' in run(kafka, "show", letter).output
    assert run(kafka, "replay", letter).exit_code == 0
    assert isinstance(logged(kafka, "transcripts", session, 3)[-1][2], Wanted)
