"""What a run found out, as a table: one line per fault."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from tests.chaos.goals import goal_after, lasts
from tests.chaos.soak import Happened, Outcome
from tests.chaos.verdict import Fate, Kind, Wrong

_KINDS: tuple[Kind, ...] = ("missing", "repeated", "disordered", "untrue", "broken")
_HEAD = f"{'fault':18} {'sent':>6} {'once':>6} {'told':>5} " + " ".join(f"{kind:>10}" for kind in _KINDS)


class Report:
    """Sorts fates and wrongs by the fault in whose time the words were spoken."""

    def __init__(self, outcome: Outcome) -> None:
        self._happened = outcome.happened
        self._logs, self._embedded = outcome.logs, outcome.embedded
        self.wrongs: dict[str, list[Wrong]] = defaultdict(list)
        """By the fault's name."""
        self._partitions, self._given_up = outcome.partitions, outcome.given_up
        self._fates: dict[str, list[Fate]] = defaultdict(list)
        for verdict in outcome.verdicts:
            for wrong in verdict.wrongs:
                self.wrongs[self._fault_at(wrong.at)].append(wrong)
            for fate in verdict.fates:
                self._fates[self._fault_at(fate.spoken_at)].append(fate)
        for fault in self._happened:
            if fault.healed is None:
                detail = f"not healed {fault.error}".strip()
                self.wrongs[fault.name].append(Wrong("broken", "-", "-", -1, detail, fault.began))

    @property
    def passed(self) -> bool:
        """Nothing was wrong or given up, and something was judged in the time of each fault."""
        return bool(self._happened) and not (self.unfelt or self._given_up or any(self.wrongs.values()))

    @property
    def unfelt(self) -> list[str]:
        """Faults that prove nothing: nobody who was judged spoke in their time, or they could not be done."""
        judged = {self._instance_at(fate.spoken_at).began for fates in self._fates.values() for fate in fates}
        return [fault.name for fault in self._happened if fault.undone or fault.began not in judged]

    def lines(self) -> Iterator[str]:
        """The table, then what was wrong, then the verdict."""
        usual = self._usual_s()
        yield f"{_HEAD} {'recovery p50':>13} {'max':>6} {'others max':>11}  {'goal':7}"
        names = list(dict.fromkeys(fault.name for fault in self._happened))
        for name in names:
            yield self._row(name, self._fates[name], self.wrongs[name], usual)
        everything = [fate for name in names for fate in self._fates[name]]
        yield self._row("all", everything, [wrong for name in names for wrong in self.wrongs[name]], usual)
        for fault in self._happened:
            found = [wrong for wrong in self.wrongs[fault.name] if self._instance_at(wrong.at) is fault]
            if found:
                yield f"-- {fault.name} ({fault.target}) {fault.error} at {fault.began:.0f}"
                yield from map(str, found[:20])
        yield from (f"-- {name}: could not be done, or nobody felt it" for name in self.unfelt)
        yield from (f"-- given up: {reason}" for reason in self._given_up)
        yield self._goals(names, usual)
        yield f"usual delay {usual:.2f} s; logs in {self._logs}"
        yield "PASS" if self.passed else "FAIL"

    def _row(self, name: str, fates: Sequence[Fate], wrongs: Sequence[Wrong], usual_s: float) -> str:
        outcomes = Counter(fate.outcome for fate in fates)
        kinds = Counter(wrong.kind for wrong in wrongs)
        counts = f"{len(fates):6} {outcomes['once']:6} {outcomes['announced']:5}"
        wrong = " ".join(f"{kinds[kind]:10}" for kind in _KINDS)
        touched, others = self._recoveries(fates, usual_s)
        recovery = f"{median(touched):11.1f} s {max(touched):4.1f} s" if touched else f"{'-':>13} {'-':>6}"
        spared = f"{max(others):9.1f} s" if others else f"{'-':>11}"
        return f"{name:18} {counts} {wrong} {recovery} {spared}  {self._judgement(name, touched, others)}".rstrip()

    def _judgement(self, name: str, touched: Sequence[float], others: Sequence[float]) -> str:
        """The goal, if there is one, and whether it was met."""
        goal = goal_after(name, embedded=self._embedded)
        if goal is None:
            return ""
        met = "met" if goal.met(touched, others) else "MISSED"
        return f"{goal!s:7} {met if touched else 'not measured'}"

    def _goals(self, names: Sequence[str], usual_s: float) -> str:
        judged = {name: self._judgement(name, *self._recoveries(self._fates[name], usual_s)) for name in names}
        missed = [name for name, judgement in judged.items() if judgement.endswith("MISSED")]
        count = sum(judgement.endswith(("met", "MISSED")) for judgement in judged.values())
        which = f"; missed: {', '.join(missed)}" if missed else ""
        return f"recovery goals met: {count - len(missed)} of {count}{which}"

    def _recoveries(self, fates: Sequence[Fate], usual_s: float) -> tuple[list[float], list[float]]:
        """Of those whose workers were struck, and of the others."""
        touched = [fate for fate in fates if self._is_touched(fate)]
        others = [fate for fate in fates if not self._is_touched(fate)]
        return self._worst_by_session(touched, usual_s), self._worst_by_session(others, usual_s)

    def _is_touched(self, fate: Fate) -> bool:
        touched = self._instance_at(fate.spoken_at).touched
        return not touched or self._partitions.get(fate.session) in touched

    def _worst_by_session(self, fates: Sequence[Fate], usual_s: float) -> list[float]:
        """For each session, how much later than usual its latest caption came."""
        worst: dict[str, float] = defaultdict(float)
        for fate in fates:
            if fate.delay_s is not None and not self._is_of_the_next(fate):
                worst[fate.session] = max(worst[fate.session], self._waited_s(fate, fate.delay_s) - usual_s)
        return list(worst.values())

    def _waited_s(self, fate: Fate, delay_s: float) -> float:
        """Since the words; of a fault that lasts, since its end: while it lasts nothing is promised."""
        fault = self._instance_at(fate.spoken_at)
        return delay_s - max(0.0, fault.over - fate.spoken_at) if lasts(fault.name) else delay_s

    def _is_of_the_next(self, fate: Fate) -> bool:
        """Spoken in the calm after a fault that lasts, when all was well again: the next one may have held it up."""
        fault = self._instance_at(fate.spoken_at)
        return lasts(fault.name) and fault.healed is not None and fate.spoken_at > fault.healed

    def _usual_s(self) -> float:
        calm = [fate.delay_s for fate in self._fates["calm"] if fate.delay_s is not None]
        return median(calm) if calm else 0.0

    def _instance_at(self, at: float) -> Happened:
        begun = [fault for fault in self._happened if fault.began <= at]
        return begun[-1] if begun else self._happened[0]

    def _fault_at(self, at: float) -> str:
        return self._instance_at(at).name
