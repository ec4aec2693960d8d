"""Where Whisper computes, on machines with a GPU and without."""

from pathlib import Path

import ctranslate2
import pytest

from workers.transcribe.engines.whisper.device import device_for
from workers.transcribe.engines.whisper.model import WhisperModel


@pytest.mark.parametrize(
    ("wanted", "gpus", "compute", "found"),
    [
        ("auto", 0, "", ("cpu", "int8")),
        ("auto", 2, "", ("cuda", "float16")),
        ("cpu", 1, "", ("cpu", "int8")),
        ("cuda", 1, "", ("cuda", "float16")),
        ("auto", 1, "int8_float16", ("cuda", "int8_float16")),
        ("cpu", 0, "float32", ("cpu", "float32")),
    ],
)
def test_a_gpu_is_taken_if_there_is_one_and_the_processor_is_not_asked_for(
    wanted: str, gpus: int, compute: str, found: tuple[str, str]
) -> None:
    assert device_for(wanted, compute, lambda: gpus) == found


def test_a_gpu_that_is_asked_for_and_not_there_is_said() -> None:
    with pytest.raises(ValueError, match="finds no GPU here: DRAGOMAN_WHISPER_DEVICE=auto"):
        device_for("cuda", "", lambda: 0)


def test_the_library_is_told_what_it_was_found_to_have(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = []

    class Stopped(Exception):
        """Enough is seen."""

    def load(folder: str, **how: object) -> None:
        told.append((how["device"], how["compute_type"]))
        raise Stopped

    monkeypatch.setattr(ctranslate2.models, "Whisper", load)
    for gpus in (0, 1):
        monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda gpus=gpus: gpus)
        with pytest.raises(Stopped):
            WhisperModel(tmp_path, 1)
    assert told == [("cpu", "int8"), ("cuda", "float16")]
