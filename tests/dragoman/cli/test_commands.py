"""The commands for sessions, as a person at the keyboard meets them."""

import json
import wave
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from dragoman.cli import main
from schemas import wire
from schemas.channels import captions_channel
from schemas.messages import Audio, End, Message, Session, Transcript
from tests.servers import wait

COMMANDS = [
    *("speak", "listen", "lag", "trace", "record", "replay", "export"),
    *("measure", "load", "report", "evaluate"),
]


def run(*arguments: str, **how: object) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, **how)  # type: ignore[arg-type]  # of click


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_says_what_it_does(command: str):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["speak", "gone.wav"], "gone.wav: there is no such file"),
        (["speak", "gone.wav", "--session", "x"], "--session and --token belong together"),
        (["speak", "-", "--url", "nonsense"], "is not a gateway's address"),
        (["listen", "x", "--language", "es", "--url", "ws://127.0.0.1:9"], "no gateway answers at ws://127.0.0.1:9"),
        (["listen", "x", "--language", "es", "--captions-only", "--play"], "nothing to --play"),
        (["lag", "--data", "nowhere"], "which Kafka?"),
        (["lag", "--kafka", "127.0.0.1:9"], "Kafka does not answer at 127.0.0.1:9"),
        (["export", "x"], "what is wanted?"),
        (["export", "x", "--language", "es", "--data", "nowhere"], "which Kafka?"),
        (["replay", "x", "--stage", "translate", "--kafka", "127.0.0.1:9"], "Kafka does not answer"),
        (["measure", "."], "transcripts.tsv cannot be read"),
        (["load", "--server", "ws://127.0.0.1:9"], "no gateway answers at ws://127.0.0.1:9"),
        (["load", "--fail-if", "tftt_p95>2s"], "did you mean ttft_p95?"),
        (["load", "--recordings", "."], "no recording with speech in it"),
        (["load", "--recordings", "gone"], "there is no such folder"),
        (["load", "--html", "gone/load.html"], "there is no folder gone"),
        (["load", "--slow-engine", "1"], "--slow-engine and --slow-language belong together"),
        (["evaluate", "x", "gone.txt", "--language", "en"], "gone.txt cannot be read"),
        (["report", "--server", "ws://127.0.0.1:9"], "no gateway answers at ws://127.0.0.1:9"),
        (["report", "--sessions", "1,many"], "give numbers with commas between"),
        (["report", "--compare", "gone.json"], "cannot be read: No such file"),
        (["report", "--markdown", "gone/report.md"], "there is no folder gone"),
        (["load", "--profile", "meting"], "there are light, normal, power, meeting, lecture"),
    ],
)
def test_what_a_person_can_mend_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


SESSION = Session(
    session_id="kind-wolf-42-abc",
    code="kind-wolf-42",
    source_language="en",
    partition=3,
    created_at=1_000,
    updated_at=1_000,
)


def transcript(segment: int, until: int, text: str) -> Transcript:
    return Transcript(
        segment=segment,
        until=until,
        start=segment,
        end=until,
        spoken_at=1_000,
        final=True,
        revision=until - segment,
        language="en",
        engine="scripted",
        text=text,
    )


@pytest.fixture(scope="module")
def recorded(kafka: str) -> str:
    """A Kafka that has a session: 3 s of audio with 0.5 s sent twice and 0.5 s missing, and two finals."""

    def frame(position: int, sample: int) -> Audio:
        pcm = sample.to_bytes(2, "little") * 16_000
        return Audio(kind="frame", position=position, captured_at=2_000, language="en", pcm=pcm)

    messages: list[tuple[str, Message]] = [
        ("sessions", SESSION),
        ("audio", frame(0, 1)),
        ("audio", frame(8_000, 2)),
        ("audio", frame(32_000, 3)),
        ("audio", Audio(kind="end", position=48_000, captured_at=3_000, language="en")),
        ("transcripts", transcript(0, 32_000, "0 to 32000")),
        ("transcripts", transcript(32_000, 48_000, "32000 to 48000")),
        ("transcripts", End(position=48_000, language="en", ended_at=3_000)),
    ]
    wait(_produce(kafka, messages))
    return kafka


async def _produce(kafka: str, messages: list[tuple[str, Message]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for topic, message in messages:
            value, headers = wire.encode(topic, message)
            key = SESSION.session_id.encode()
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=SESSION.partition)


def test_what_was_said_is_exported_as_a_wav(recorded: str, tmp_path: Path):
    result = run("export", "Kind Wolf 42", "--audio", str(tmp_path / "out.wav"), "--kafka", recorded)
    assert result.exit_code == 0
    assert "3.0 s, 0.5 s of it silence" in result.stderr
    with wave.open(str(tmp_path / "out.wav")) as wav:
        pcm = wav.readframes(wav.getnframes())
    assert [pcm[2 * at] for at in (0, 15_999, 16_000, 23_999, 24_000, 31_999, 32_000, 47_999)] == [
        1, 1, 2, 2, 0, 0, 3, 3,
    ]  # fmt: skip


def test_the_text_is_exported_in_every_format(recorded: str, tmp_path: Path):
    export = ("export", "kind-wolf-42", "--language", "en", "--kafka", recorded)
    assert run(*export).stdout.endswith("\n\n0 to 32000 32000 to 48000\n")
    content = json.loads(run(*export, "--format", "json").stdout)
    assert content["sessionId"] == "kind-wolf-42"
    segments = [(each["segment"], each["startMs"], each["endMs"]) for each in content["segments"]]
    assert segments == [(0, 0, 2000), (32_000, 2000, 3000)]
    assert run(*export, "--format", "vtt").stdout.startswith("WEBVTT\n")
    cut = run(*export, "--format", "srt", "--offset", "-1", "--from", "0:01", "--clock", "wall").stdout
    assert cut == "1\n00:00:01,000 --> 00:00:02,000\n32000 to 48000\n"
    assert "is no time" in run(*export, "--to", "noon").stderr
    assert run(*export, "--format", "srt", "--output", str(tmp_path / "talk.srt")).stdout == ""
    assert "00:00:02,000 --> 00:00:03,000\n32000 to 48000" in (tmp_path / "talk.srt").read_text()


def test_a_session_and_a_file_are_compared_with_a_reference(recorded: str, tmp_path: Path):
    reference, empty = tmp_path / "reference.txt", tmp_path / "empty.txt"
    reference.write_text("0 to 32000 32000 to 40000")
    empty.touch()
    compared = run("evaluate", "kind-wolf-42", str(reference), "--language", "en", "--json", "--kafka", recorded)
    found = json.loads(compared.stdout)
    assert (found["scores"]["reference"], found["scores"]["errors"], found["finals"]) == (18, 1, 2)
    assert found["normalised_erasure"] is None
    text = run("evaluate", "kind-wolf-42", str(reference), "--language", "en", "--kafka", recorded).stdout
    assert "errors     5.6 % (1 of 18 words)" in text
    assert "no partials were written" in text
    of_file = run("evaluate", str(reference), str(reference), "--language", "en").stdout
    assert of_file == "errors     0.0 % (0 of 18 words)\nchrF       100.0\n"
    wrong = run("evaluate", "kind-wolf-42", str(reference), "--language", "fr", "--kafka", recorded)
    assert (wrong.exit_code, "there is en" in wrong.stderr) == (2, True)
    assert "is empty" in run("evaluate", "kind-wolf-42", str(empty), "--language", "en", "--kafka", recorded).stderr


def test_a_file_that_cannot_be_written_is_one_line(recorded: str, tmp_path: Path):
    result = run(
        "export", "kind-wolf-42", "--language", "en", "--kafka", recorded, "--output", str(tmp_path / "gone" / "a.txt")
    )
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_language_that_the_session_had_not_is_said(recorded: str):
    result = run("export", "kind-wolf-42", "--language", "fr", "--kafka", recorded)
    assert result.exit_code == 2
    assert "no text in fr" in result.stderr
    assert "there is en" in result.stderr


def test_a_session_is_replayed_through_the_stage_of_today(recorded: str):
    arguments = ["--engines", "scripted", "--language", "ca", "--json", "--kafka", recorded]
    result = run("replay", "kind-wolf-42", "--stage", "translate", *arguments)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    texts = [(line["language"], line["text"]) for line in lines if line["type"] == "translation"]
    assert texts == [("ca", "0 to 32000"), ("ca", "32000 to 48000")]


def test_a_replay_for_reading_has_a_line_for_each_record(recorded: str):
    result = run("replay", "kind-wolf-42-abc", "--stage", "transcribe", "--engines", "scripted", "--kafka", recorded)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("TOPIC          SEGMENT  RESULT\n")
    assert "transcripts          0  en: " in result.stdout
    assert "usage" in result.stdout
    assert "en: end" in result.stdout


def test_a_replay_produces_nothing(recorded: str):
    from dragoman.ops.records import records

    async def count() -> int:
        return sum([1 async for _ in records(recorded, SESSION, "transcripts")])

    before = wait(count())
    run("replay", "kind-wolf-42", "--stage", "transcribe", "--engines", "scripted", "--kafka", recorded)
    assert wait(count()) == before


def test_a_replay_without_a_target_language_asks_for_one(recorded: str):
    result = run("replay", "kind-wolf-42", "--stage", "translate", "--engines", "scripted", "--kafka", recorded)
    assert result.exit_code == 2
    assert "say --language" in result.stderr


def test_a_session_is_kept_as_a_file_that_is_replayed_like_the_log(recorded: str, tmp_path: Path):
    file = str(tmp_path / "wolf.dragoman")
    result = run("record", "kind wolf 42", file, "--kafka", recorded)
    assert (result.exit_code, result.stderr) == (0, f"{file}: 7 records of kind-wolf-42, 0.0 MB\n")
    replay = ("--stage", "transcribe", "--engines", "scripted", "--json")
    of_file, of_log = run("replay", file, *replay), run("replay", "kind-wolf-42", *replay, "--kafka", recorded)
    assert of_file.exit_code == 0, of_file.output
    texts = [[json.loads(line).get("text") for line in each.stdout.splitlines()] for each in (of_file, of_log)]
    assert texts[0] == texts[1]
    assert any(texts[0])


def test_the_path_of_words_is_told_with_when_redis_says_they_were_published(recorded: str, redis_url: str):
    async def publish() -> None:
        async with Redis.from_url(redis_url, protocol=2) as redis:
            channel = captions_channel(SESSION.session_id, "en")
            await redis.xadd(channel, {"p": "{}", "at": "2500", "topic": "0"}, id="0-32000")

    wait(publish())
    lines = run("trace", "kind-wolf-42", "--kafka", recorded).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["0", "32000"]
    told = run("trace", "kind-wolf-42", "0", "--kafka", recorded, "--redis", redis_url).stdout.splitlines()
    assert [line.split()[0] for line in told if " published " in line] == ["+1.500"]
    plain = run("trace", "kind-wolf-42", "0", "--json", "--kafka", recorded).stdout.splitlines()
    assert [json.loads(line)["what"] for line in plain] == ["spoken", "log"]


def test_lag_is_shown_for_every_stage(recorded: str):
    result = run("lag", "--kafka", recorded)
    assert result.exit_code == 0, result.stderr
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [
        ["transcribe", "audio"],
        ["translate", "transcripts"],
        ["synthesize", "translations"],
        ["broadcast", "transcripts"],
        ["broadcast", "translations"],
        ["broadcast", "speech"],
    ]
    assert len(json.loads(run("lag", "--json", "--kafka", recorded).stdout)["stages"]) == 6
