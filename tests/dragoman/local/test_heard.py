"""Which voice speaks each language, and why."""

from dragoman.local.heard import heard
from tests.workers.synthesize.test_choice import Speaking
from workers.synthesize.choice import Choice
from workers.synthesize.engine import Voice


def test_each_language_has_a_line_and_those_of_rough_voices_one_together() -> None:
    kokoro = Speaking("kokoro", 0.7, "pt es pt-BR")
    kokoro.voices = {"pt": (Voice("pf_dora"), Voice("pm_alex")), "es": (Voice("ef_dora"),)}
    pico = Speaking("pico", 0.01, "es")
    pico.voices = {"es": (Voice("es-ES"),)}
    espeak = Speaking("espeak", 0.0, "es pt ca gl", rough=True)
    lines = list(heard([kokoro, pico, espeak], Choice([kokoro, pico, espeak], {"es": "pico"})))
    assert lines == [
        "voice of es: pico (es-ES), as DRAGOMAN_VOICES says; 0.01 s of a core for a second",
        "voice of pt: kokoro (pf_dora, pm_alex), the only one here that is pleasant to hear;"
        " 0.70 s of a core for a second",
        "voice of 2 other languages: espeak, like a robot",
    ]
