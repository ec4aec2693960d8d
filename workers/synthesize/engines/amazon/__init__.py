"""Amazon Polly."""

from workers.synthesize.engines.amazon.synthesizer import AmazonSynthesizer

__all__ = ["AmazonSynthesizer"]
