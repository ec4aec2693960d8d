"""Speech recognition on this machine without a network: Silero's voice activity detector, pocketsphinx in processes.

English only, gist quality. One process holds several sessions, each with its own decoder; nothing is decoded in the
process of the event loop, because pocketsphinx holds Python's lock while it works.
"""
