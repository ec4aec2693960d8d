"""What came of a run: a line for each fault, then the totals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.chaos.checker import Heard, Tally, check_captions, check_speech, longest_pause
from tests.chaos.crowd import Talk

USUAL_S = 2.0
"""Between two finals of a scripted session."""


@dataclass
class Span:
    """One fault: from its beginning until everybody had recovered."""

    name: str
    begin: float
    end: float = 0.0
    recovered: bool = True
    pauses: list[float] = field(default_factory=list)


def pauses(heard: Sequence[Heard], span: Span) -> list[float]:
    """How much longer than usual each listener waited, the longest first."""
    found = (longest_pause(each, span.begin, span.end) for each in heard)
    return sorted((max(0.0, pause - USUAL_S) for pause in found if pause is not None), reverse=True)


def verdict(talks: Sequence[Talk], *, scripted: bool = True) -> tuple[Tally, Tally]:
    """Captions and speech of all sessions together."""
    captions, speech = Tally(), Tally()
    for talk in talks:
        if talk.trouble:
            captions.missing += 1
            captions.complaints.append(f"speaker of {talk.code}: {talk.trouble}")
        if talk.lost:
            captions.announced += 1
        for ear in talk.ears:
            if ear.trouble:
                captions.missing += 1
                captions.complaints.append(f"listener {ear.heard.who}: {ear.trouble}")
            elif not talk.trouble:
                captions.add(check_captions(ear.heard, talk.until, scripted=scripted))
                if ear.wish.speech:
                    speech.add(check_speech(ear.heard))
    return captions, speech


def by_fault(talks: Sequence[Talk], spans: Sequence[Span]) -> list[str]:
    """The table."""
    heard = [ear.heard for talk in talks for ear in talk.ears]
    lines = [f"{'fault':<22}{'finals':>8}{'announced':>11}{'recovery s p50':>16}{'max':>7}"]
    for name in dict.fromkeys(span.name for span in spans):
        mine = [span for span in spans if span.name == name]
        finals = [final for each in heard for final in each.finals if final.fault == name]
        waits = [pause for span in mine for pause in pauses(heard, span)]
        said = sum(final.outcome != "ok" for final in finals)
        late = "" if all(span.recovered for span in mine) else "  NOT RECOVERED"
        lines.append(
            f"{name:<22}{len(finals):>8}{said:>11}{median(waits or [0]):>16.1f}{max(waits, default=0):>7.1f}{late}"
        )
    return lines


def totals(what: str, tally: Tally) -> str:
    """One line."""
    return (
        f"{what}: {tally.sent} sent, {tally.once} received once, {tally.announced} missing and said so, "
        f"{tally.missing} missing, {tally.repeated} repeated, {tally.disordered} out of order, {tally.wrong} wrong"
    )
