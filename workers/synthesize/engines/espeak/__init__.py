"""espeak-ng as a synthesizer: a robot voice in many languages, on this machine, without a network."""

from workers.synthesize.engines.espeak.synthesizer import PACKAGE, EspeakSynthesizer

__all__ = ["PACKAGE", "EspeakSynthesizer"]
