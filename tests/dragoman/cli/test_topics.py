from click.testing import CliRunner, Result

from dragoman.cli import main
from tests.conftest import PARTITIONS


def topics(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["topics", *arguments])


def test_topics_that_are_as_they_must_be_are_left_alone(kafka: str) -> None:
    result = topics("--kafka", kafka, "--partitions", str(PARTITIONS))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"{name}: exists"
        for name in ("audio", "transcripts", "translations", "speech", "sessions", "dead-letters", "usage")
    ]


def test_other_partitions_are_an_error_that_says_what_to_do(kafka: str) -> None:
    result = topics("--kafka", kafka, "--partitions", "5")
    assert result.exit_code == 2
    assert "audio: differs has 4 partitions, not 5: set DRAGOMAN_PARTITIONS=4" in result.stdout
    assert result.stderr == "dragoman topics: not every topic is as it must be, see above\n"


def test_a_size_that_is_too_little_is_refused_before_anything_is_changed(kafka: str) -> None:
    result = topics("--kafka", kafka, "--partitions", str(PARTITIONS), "--keep-gb", "0.01")
    assert result.exit_code == 2
    assert result.stderr.startswith("dragoman topics: 0.01 GB are too little for 4 partitions")


def test_kafka_must_be_said_and_be_there() -> None:
    assert topics().stderr == "dragoman topics: which Kafka? Give --kafka host:port or set DRAGOMAN_KAFKA\n"
    assert topics("--kafka", "127.0.0.1:1").stderr == "dragoman topics: Kafka does not answer at 127.0.0.1:1\n"
