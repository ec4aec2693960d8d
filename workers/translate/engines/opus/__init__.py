"""OPUS-MT's models by CTranslate2, on this machine: whatever pairs the models folder holds."""

from workers.translate.engines.opus.translator import OpusTranslator

__all__ = ["OpusTranslator"]
