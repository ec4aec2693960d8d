"""The four stages: transcribe, translate, synthesize, broadcast."""
