"""Kokoro as a synthesizer: six languages in voices that people like to listen to, on this machine."""

from workers.synthesize.engines.kokoro.synthesizer import KokoroSynthesizer

__all__ = ["KokoroSynthesizer"]
