"""Which languages work from the microphone to the ear: recognised, translated and spoken, by whom, and how well."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from schemas.languages import ANY, AUTO
from workers.abilities import Able, asked_first


class AbleToTranslate(Protocol):
    """A translator, as far as it matters here."""

    name: str

    def targets(self, source: str) -> frozenset[str]: ...

    def rough(self, source: str) -> frozenset[str]: ...


def reached(
    recognisers: Sequence[Able], translators: Sequence[AbleToTranslate], voices: Mapping[str, str]
) -> Iterator[str]:
    """One line for each spoken language: what it can be read and heard in, by which engines.

    One for all that are only written down as they are spoken. `voices`: the engine that speaks each language.
    """
    heard = asked_first(recognisers)
    if name := heard.pop(AUTO, ""):
        yield f"the language that is spoken can be found out, by {name}"
    alone = []
    for floor in sorted(heard):
        named = _targets(floor.split("-")[0], translators, voices)
        if named:
            yield f"from {_named([floor])} ({heard[floor]}): {', '.join(named)}"
        else:
            alone.append(floor)
    if alone:
        by = " and ".join(sorted({heard[floor] for floor in alone}))
        yield f"from {_named(alone)} ({by}): no translation"


def _targets(source: str, translators: Sequence[AbleToTranslate], voices: Mapping[str, str]) -> list[str]:
    """Each target with its engines; what reads roughly last."""
    found: dict[str, tuple[bool, str]] = {}
    good = {target for each in translators for target in each.targets(source) - each.rough(source)}
    for translator in translators:
        for target in translator.targets(source):
            found.setdefault(target, (target not in good, translator.name))
    return [
        f"{_named([target])} ({translator}{', rough' if rough else ''}; {_voice(voices, target)})"
        for target, (rough, translator) in sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    ]


def _voice(voices: Mapping[str, str], language: str) -> str:
    name = voices.get(language) or voices.get(ANY)
    return f"voice {name}" if name else "no voice"


def _named(tags: Sequence[str]) -> str:
    return "every language" if ANY in tags else " ".join(tags)
