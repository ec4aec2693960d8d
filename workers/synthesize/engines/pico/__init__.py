"""SVOX Pico as a synthesizer: five languages, well understood, on this machine, without a network."""

from workers.synthesize.engines.pico.synthesizer import PicoSynthesizer

__all__ = ["PicoSynthesizer"]
