"""`dragoman dead-letters`, as a person at the keyboard meets it, on a real Kafka."""

import json
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from click.testing import CliRunner, Result

from dragoman.cli import main
from schemas import wire
from schemas.messages import Audio, DeadLetter, End, Message, Transcript
from tests.servers import wait

PARTITION = 2


class Desk:
    """One session's letters."""

    def __init__(self, kafka: str) -> None:
        self.kafka = kafka
        self.code = f"calm-otter-{uuid4().hex[:6]}"
        self.session_id = f"{self.code}-x"

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["dead-letters", *arguments, "--kafka", self.kafka], catch_exceptions=False)

    def listed(self) -> list[dict[str, object]]:
        lines = map(json.loads, self.run("list", "--json").stdout.splitlines())
        return [line for line in lines if line["session"] == self.code]

    def write(self, topic: str, message: Message) -> int:
        """Offset."""
        return self.write_raw(topic, *wire.encode(topic, message))

    def write_raw(self, topic: str, value: bytes, headers: wire.Headers) -> int:
        """Offset."""

        async def send() -> int:
            async with AIOKafkaProducer(bootstrap_servers=self.kafka) as producer:
                sent = await producer.send_and_wait(
                    topic, value, key=self.session_id.encode(), partition=PARTITION, headers=headers
                )
                return int(sent.offset)

        return int(wait(send()))

    def bury(self, topic: str, value: bytes, headers: wire.Headers, error: str = "crashed") -> str:
        """A record and its letter; the letter's id."""
        offset = self.write_raw(topic, value, headers)
        letter = DeadLetter(
            stage="translate", topic=topic, partition=PARTITION, offset=offset, error=error, value=value, at=1_000,
            headers={name: text.decode("latin-1") for name, text in headers},
        )  # fmt: skip
        return f"{PARTITION}:{self.write('dead-letters', letter)}"

    def mine(self, topic: str) -> list[tuple[int, bytes, list[tuple[str, bytes]]]]:
        """Offset, value and headers of the session's records."""

        async def read() -> list[tuple[int, bytes, list[tuple[str, bytes]]]]:
            place = TopicPartition(topic, PARTITION)
            async with AIOKafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest") as consumer:
                consumer.assign([place])
                end, found = (await consumer.end_offsets([place]))[place], []
                while await consumer.position(place) < end:
                    for record in (await consumer.getmany(place, timeout_ms=200)).get(place, []):
                        if record.key == self.session_id.encode():
                            found.append((record.offset, record.value, list(record.headers)))
                return found

        return list(wait(read()))


def final(segment: int, text: str = "secret words") -> Transcript:
    return Transcript(
        segment=segment, until=segment + 9, start=segment, end=segment + 9, spoken_at=0, final=True, revision=9,
        language="en", engine="scripted", text=text,
    )  # fmt: skip


@pytest.fixture
def desk(kafka: str) -> Desk:
    return Desk(kafka)


def test_a_letter_is_listed_with_where_it_came_from_and_why_but_without_words(desk: Desk) -> None:
    identity = desk.bury("transcripts", *wire.encode("transcripts", final(0)))
    (letter,) = desk.listed()
    assert (letter["id"], letter["stage"], letter["topic"], letter["error"]) == (
        identity, "translate", "transcripts", "crashed",
    )  # fmt: skip
    line = next(line for line in desk.run("list").stdout.splitlines() if desk.code in line)
    assert line.split()[:3] == [identity, "1970-01-01", "00:00:01"]
    assert "secret" not in desk.run("list").output + desk.run("list", "--json").output


def test_show_tells_the_decoded_value_and_warns_of_spoken_words(desk: Desk) -> None:
    shown = desk.run("show", desk.bury("transcripts", *wire.encode("transcripts", final(0))))
    assert '"text": "secret words"' in shown.stdout
    assert "may hold words that someone spoke" in shown.stderr


def test_show_tells_headers_and_leaves_audio_out(desk: Desk) -> None:
    audio = Audio(kind="frame", position=7, captured_at=0, language="en", pcm=b"\1\2" * 50)
    shown = desk.run("show", desk.bury("audio", *wire.encode("audio", audio)))
    assert "header position: 7" in shown.stdout
    assert '"pcm": "100 bytes"' in shown.stdout


def test_show_tells_that_a_value_cannot_be_decoded(desk: Desk) -> None:
    assert (
        "cannot be decoded, they begin: b'{nonsense'"
        in desk.run("show", desk.bury("transcripts", b"{nonsense", [])).stdout
    )


def test_replay_gives_the_record_back_as_it_was_and_closes_the_letter(desk: Desk) -> None:
    value, headers = wire.encode("audio", Audio(kind="frame", position=7, captured_at=0, language="en", pcm=b"\1\2"))
    headers = [*headers, ("remark", b"00-\xe9")]
    identity = desk.bury("audio", value, headers)
    result = desk.run("replay", identity)
    assert result.stdout == f"{identity} was given back to audio, partition {PARTITION}\n"
    first, second = desk.mine("audio")
    assert second[1:] == first[1:] == (value, headers)
    assert desk.listed() == []
    again = desk.run("replay", identity)
    assert again.exit_code == 2
    assert "it was dealt with" in again.stderr


@pytest.mark.parametrize("later", [final(9), End(position=9, language="en", ended_at=0)])
def test_an_overtaken_letter_is_given_back_only_by_force_and_says_so(desk: Desk, later: Message) -> None:
    identity = desk.bury("transcripts", *wire.encode("transcripts", final(0)))
    desk.write("transcripts", later)
    refused = desk.run("replay", identity)
    assert refused.exit_code == 2
    assert f"{identity} was overtaken: later words of {desk.code} came through" in refused.stderr
    assert len(desk.mine("transcripts")) == 2
    assert "overtaken: it appears in the topics, but not to listeners" in desk.run("replay", identity, "--force").stdout
    assert len(desk.mine("transcripts")) == 3


def test_other_languages_and_other_sessions_overtake_nothing(desk: Desk, kafka: str) -> None:
    translation = {**json.loads(wire.encode("transcripts", final(0))[0]), "type": "translation", "language": "es"}
    value = json.dumps({**translation, "source_text": "", "source_language": "en"}).encode()
    identity = desk.bury("translations", value, [])
    desk.write_raw("translations", value.replace(b'"es"', b'"ca"').replace(b'"segment": 0', b'"segment": 9'), [])
    Desk(kafka).write_raw("translations", value.replace(b'"segment": 0', b'"segment": 9'), [])
    assert desk.run("replay", identity).exit_code == 0


def test_a_discarded_letter_is_listed_no_more(desk: Desk) -> None:
    identity = desk.bury("transcripts", b"{", [])
    assert desk.run("discard", identity).stdout == f"{identity} is listed no more\n"
    assert desk.listed() == []
    assert len(desk.mine("transcripts")) == 1


def test_of_several_letters_about_one_record_one_is_listed(desk: Desk) -> None:
    desk.bury("transcripts", b"{", [])
    _, value, _ = desk.mine("dead-letters")[0]
    last = desk.write_raw("dead-letters", value, [])
    assert [letter["id"] for letter in desk.listed()] == [f"{PARTITION}:{last}"]


def test_a_letter_whose_value_was_cut_is_not_given_back(desk: Desk) -> None:
    identity = desk.bury("transcripts", b"{" * 500_000, [])
    result = desk.run("replay", identity)
    assert result.exit_code == 2
    assert "the end of its value is missing" in result.stderr
