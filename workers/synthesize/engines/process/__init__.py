"""Voices that speak in processes of their own: the parent's end, and what runs inside."""

from workers.synthesize.engines.process.link import SpeakingProcesses, Spoken

__all__ = ["SpeakingProcesses", "Spoken"]
