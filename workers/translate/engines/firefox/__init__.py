"""The translation models of Firefox, on this machine: whatever pairs the models folder holds."""

from workers.translate.engines.firefox.translator import FirefoxTranslator

__all__ = ["FirefoxTranslator"]
