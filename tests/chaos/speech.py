"""Whether a listener heard each sentence, once and in order, or was told what is missing. Pure, as the checker is."""

from collections.abc import Iterator

from tests.chaos.notes import Final, Heard, Sent, Spoken
from tests.chaos.notices import announced, within
from tests.chaos.verdict import Kind, Wrong


def speech_wrongs(heard: Heard, sent: Sent) -> Iterator[Wrong]:
    """Speech that is repeated, comes out of order or is missing without a word about it."""
    if not heard.speech:
        return
    spoken = [note for note in heard.notes if isinstance(note, Spoken)]
    last = (-1, -1)
    seen: set[tuple[int, int]] = set()
    told = list(announced(heard, sent, "speech"))
    for part in spoken:
        place = part.segment, part.part
        where = heard.session, heard.language, part.segment
        follows = not part.part or part.outcome != "ok" or (part.segment, part.part - 1) in seen
        if not follows and not within((part.segment, part.segment), told):
            yield Wrong("missing", *where, f"no speech part {part.part - 1}", part.at)
        if place in seen or place < last:
            kind: Kind = "repeated" if place in seen else "disordered"
            yield Wrong(kind, *where, f"speech part {part.part}", part.at)
        seen.add(place)
        last = max(last, place)
    finished = {part.segment for part in spoken if part.last or part.outcome != "ok"}
    for final in () if heard.changing else _owed(heard):
        if final.segment not in finished and not within((final.segment, final.until), told):
            yield Wrong("missing", heard.session, heard.language, final.segment, "no speech", final.at)


def _owed(heard: Heard) -> Iterator[Final]:
    """What was translated has to be heard. Where the language changes nobody says when a voice begins to be needed."""
    for note in heard.notes:
        if isinstance(note, Final) and note.outcome == "ok" and note.text and note.said != heard.language:
            yield note
