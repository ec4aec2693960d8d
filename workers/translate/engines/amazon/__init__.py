"""Amazon Translate."""

from workers.translate.engines.amazon.translator import AmazonTranslator

__all__ = ["AmazonTranslator"]
