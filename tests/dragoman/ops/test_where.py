"""Where the running system is."""

import json
from pathlib import Path

import pytest

from dragoman.ops.where import GATEWAY, gateway_url, kafka_address
from dragoman.runtime.errors import DragomanError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "kafka": "127.0.0.1:7", "pid": 3}))
    return tmp_path


def test_what_is_said_counts(data: Path):
    assert kafka_address("k:1", data) == "k:1"
    assert gateway_url("ws://g", data) == "ws://g"


def test_else_the_running_system_says_it(data: Path):
    assert kafka_address("", data) == "127.0.0.1:7"
    assert gateway_url(None, data) == "http://127.0.0.1:9"


def test_without_a_running_system_the_gateway_is_the_usual_one(tmp_path: Path):
    assert gateway_url(None, tmp_path) == GATEWAY


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kafka": 7}'])
def test_without_any_word_about_kafka_it_is_asked_for(tmp_path: Path, content: str):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(DragomanError, match="DRAGOMAN_KAFKA"):
        kafka_address(None, tmp_path)
