"""What an operator says about voices."""

from collections.abc import Mapping

import pytest

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings
from tests.workers.synthesize.test_choice import Speaking
from workers.synthesize.engine import Voice
from workers.synthesize.pins import Pin, check_pins, read_pins, voices_of


class Named(Speaking):
    """With voices."""

    voices: Mapping[str, tuple[Voice, ...]]

    def __init__(self) -> None:
        super().__init__("kokoro", 0.7)
        self.voices = {"pt": (Voice("pf_dora", "female"), Voice("pm_alex", "male")), "es": (Voice("ef_dora"),)}


def pinned(text: str) -> Settings:
    return Settings(voices=text, synthesize_engines="kokoro,pico")


def test_each_entry_names_a_language_an_engine_and_perhaps_a_voice() -> None:
    settings = pinned("pt:kokoro:pf_dora, ES-mx:pico")
    assert read_pins(settings) == {"pt": Pin("kokoro", "pf_dora"), "es-MX": Pin("pico", "")}
    assert voices_of("kokoro", settings) == {"pt": "pf_dora"}
    assert voices_of("pico", settings) == {}
    assert read_pins(Settings()) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (":kokoro", "begins with no language"),
        ("p t:kokoro", "begins with no language"),
        ("pt", "the engine must be one of kokoro, pico"),
        ("pt:espeak", "the engine must be one of kokoro, pico"),
        ("pt:kokorro", "the engine must be kokoro, perhaps, of kokoro, pico"),
        ("pt:kokoro,PT:pico", "pt is there twice"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_pins(pinned(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("de:kokoro", "kokoro does not speak de: it speaks es pt; de is spoken by pico"),
        ("ca:kokoro", "kokoro does not speak ca: it speaks es pt$"),
        ("pt:kokoro:ef_dora", "has no voice ef_dora for pt: it has pf_dora, perhaps, of pf_dora, pm_alex$"),
        ("pt:kokoro:x", "has no voice x for pt: it has one of pf_dora, pm_alex$"),
        ("es:pico", "pico, which is to speak es, has no voices here: dragoman models list names them$"),
    ],
)
def test_what_an_engine_that_works_cannot_do_is_said(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        check_pins(pinned(text), [Named(), Speaking("pico", languages="de es")])


def test_what_can_be_done_is_the_engine_of_each_language() -> None:
    assert check_pins(pinned("pt:kokoro:pm_alex"), [Named()]) == {"pt": "kokoro"}


def test_an_engine_that_does_not_work_here_is_an_error() -> None:
    with pytest.raises(SettingsError, match="pico, which is to speak es, does not work here"):
        check_pins(pinned("pt:kokoro:pm_alex,es:pico"), [Named()])
