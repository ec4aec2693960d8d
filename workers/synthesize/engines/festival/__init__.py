"""Festival as a synthesizer: a Catalan voice that is well understood, on this machine."""

from workers.synthesize.engines.festival.synthesizer import PACKAGES, FestivalSynthesizer

__all__ = ["PACKAGES", "FestivalSynthesizer"]
