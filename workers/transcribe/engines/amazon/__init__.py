"""Amazon Transcribe, streaming."""

from workers.transcribe.engines.amazon.recogniser import AmazonRecogniser

__all__ = ["AmazonRecogniser"]
