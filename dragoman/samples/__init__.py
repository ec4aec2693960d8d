"""Recorded human speech for the demo: WAV files, and `transcripts.tsv` with what is said in them."""
