"""Apertium as a translator: rules and dictionaries, from English, on this machine, without a network."""

from workers.translate.engines.embedded.routes import PACKAGES, packages
from workers.translate.engines.embedded.translator import EmbeddedTranslator

__all__ = ["PACKAGES", "EmbeddedTranslator", "packages"]
