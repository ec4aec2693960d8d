"""espeak-ng as a synthesizer: a robot voice in many languages, on this machine, without a network."""

from workers.synthesize.engines.embedded.synthesizer import PACKAGE, EmbeddedSynthesizer

__all__ = ["PACKAGE", "EmbeddedSynthesizer"]
