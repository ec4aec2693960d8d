"""Speech recognition on this machine, in many languages: Whisper by CTranslate2, in recogniser processes.

The libraries are imported by those processes only. How a stretch of audio is read is in `reading`, what is shown of an
open utterance and what may no longer change in `utterance`, when it is over in `patience`, where long speech is cut in
`clauses`; `hearing` puts them together, `model` is the only file that knows CTranslate2.
"""
