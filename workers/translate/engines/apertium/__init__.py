"""Apertium as a translator: rules and dictionaries, on this machine, without a network."""

from workers.translate.engines.apertium.translator import ApertiumTranslator

__all__ = ["ApertiumTranslator"]
