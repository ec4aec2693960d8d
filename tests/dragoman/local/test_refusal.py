from pathlib import Path

import pytest

from dragoman.local.refusal import refuse_early
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

ONE_EACH = {"transcribe": 1, "translate": 1, "synthesize": 1, "broadcast": 1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"engines": "embeded"}, r"^--engines \(DRAGOMAN_ENGINES\): 'embeded' is none of whisper, amazon, scripted$"),
        (
            {"translate_engines": "scripted,x"},
            r"^DRAGOMAN_TRANSLATE_ENGINES: 'x' is none of firefox, opus, apertium, amazon, scripted$",
        ),
        (
            {"synthesize_engines": "pico,espeak", "voices": "es:pico:es-EZ"},
            r"^DRAGOMAN_VOICES: pico has no voice es-EZ for es: it has es-ES, perhaps, of es-ES$",
        ),
        (
            {"synthesize_engines": "pico,espeak", "voices": "tlh:espeak"},
            r"^DRAGOMAN_VOICES: espeak does not speak tlh: it speaks af am .* zh",
        ),
        ({"host": "0.0.0.0"}, "anyone in the network could speak"),
        ({"tls_cert": "cert.pem"}, "TLS needs both"),
    ],
)
def test_what_no_process_would_accept_is_refused(given: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match=said):
        refuse_early(read_settings(data=tmp_path, **given), ONE_EACH)


def test_what_will_be_made_later_is_not_missed(tmp_path: Path) -> None:
    refuse_early(read_settings(data=tmp_path, host="0.0.0.0", auth="open"), ONE_EACH)


def test_engines_of_a_stage_without_workers_do_not_matter(tmp_path: Path) -> None:
    refuse_early(read_settings(data=tmp_path, translate_engines="x"), ONE_EACH | {"translate": 0})
