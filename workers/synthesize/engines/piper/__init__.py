"""Piper as a synthesizer: a natural voice for each language that the models folder has one for, on this machine."""

from workers.synthesize.engines.piper.synthesizer import PiperSynthesizer

__all__ = ["PiperSynthesizer"]
