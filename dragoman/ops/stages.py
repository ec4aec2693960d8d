"""Today's stages with their engines, as a replay runs them: someone listens to everything, and nothing is late."""

import time
from collections.abc import AsyncIterator, Container, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from dragoman.ops.replay import ReplayedStage
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from schemas.languages import ANY
from workers.audience import SessionDemand
from workers.errors import EngineError
from workers.outbox import MemoryOutbox
from workers.starting import E, start_all

FORMAT: Final = "ogg-opus"
Entries = Mapping[str, Mapping[str, str]]
NO_ENTRIES: Final[Entries] = {}


class ReplayAudience:
    """Someone reads and hears each of the given languages, always."""

    def __init__(self, languages: Sequence[str]) -> None:
        formats = {language: frozenset({FORMAT}) for language in languages}
        tags = frozenset(languages)
        self._listening = SessionDemand(reading=tags, hearing=formats, known=tags, spoken=formats)

    async def of(self, session_id: str) -> SessionDemand:
        """The same for every session."""
        return self._listening


@asynccontextmanager
async def open_stage(
    name: str, settings: Settings, languages: Sequence[str], source: str = "", glossary: Entries = NO_ENTRIES
) -> AsyncIterator[ReplayedStage]:
    """The stage `name` on engines that have proved to work. Raises DragomanError when one does not.

    With `source` (the floor language) also when translate cannot reach one of `languages` from it. `glossary`: that of
    the session.
    """
    async with AsyncExitStack() as stack:
        match name:
            case "transcribe":
                yield await _transcribe(stack, settings)
            case "translate":
                yield await _translate(stack, settings, languages, source, glossary)
            case "synthesize":
                yield await _synthesize(stack, settings, languages)
            case _:
                raise DragomanError(f"{name} cannot be replayed")


async def _transcribe(stack: AsyncExitStack, settings: Settings) -> ReplayedStage:
    from workers.transcribe.engines import create
    from workers.transcribe.stage import transcribe

    recognisers = await _started(stack, [create(name, settings) for name in settings.engines_of("transcribe")])
    timeout_s, measures = settings.engine_timeout_s, settings.prosody
    return lambda inbound: transcribe(
        inbound,
        recognisers=recognisers,
        outbox=MemoryOutbox(),
        now=_now_ms,
        timeout_s=timeout_s,
        measures=measures,
    )


async def _translate(
    stack: AsyncExitStack, settings: Settings, languages: Sequence[str], source: str, glossary: Entries
) -> ReplayedStage:
    from workers.translate.engines import create_all
    from workers.translate.glossaries import GivenGlossary
    from workers.translate.glossary import Terms
    from workers.translate.masking import read_mask
    from workers.translate.stage import translate

    made = create_all(settings)
    for each in made:
        stack.push_async_callback(each.close)
    try:
        translators = await start_all(made)
    except EngineError as error:
        raise DragomanError(str(error)) from error
    if source:
        base = source.split("-")[0]
        require_reach(frozenset(tag for each in translators for tag in each.targets(base)), languages, source)
    audience, timeout_s = ReplayAudience(languages), settings.engine_timeout_s
    mask = read_mask(settings.masked_words)
    return lambda inbound: translate(
        inbound,
        translators=translators,
        audience=audience,
        now=_now_ms,
        timeout_s=timeout_s,
        glossaries=GivenGlossary(Terms(glossary)),
        mask=mask,
    )


async def _synthesize(stack: AsyncExitStack, settings: Settings, languages: Sequence[str]) -> ReplayedStage:
    from workers.synthesize.choice import Choice
    from workers.synthesize.encoders import Encoders
    from workers.synthesize.engines import create
    from workers.synthesize.pins import check_pins, read_pins
    from workers.synthesize.stage import synthesize

    pins = {pin.engine for pin in read_pins(settings).values()}
    made = [create(name, settings) for name in settings.engines_of("synthesize")]
    synthesizers = await _started(stack, made, pins)
    choice = Choice(synthesizers, check_pins(settings, synthesizers))
    audience, timeout_s = ReplayAudience(languages), settings.engine_timeout_s
    encoders = Encoders(timeout_s, settings.engine_memory_mb)
    stack.push_async_callback(encoders.close)
    return lambda inbound: synthesize(
        inbound,
        choice=choice,
        encode=encoders.encode,
        audience=audience,
        now=_now_ms,
        deadline_s=None,
        timeout_s=timeout_s,
    )


def require_reach(reached: frozenset[str], languages: Sequence[str], source: str) -> None:
    """Raises DragomanError for those of `languages` that are not `reached`."""
    out_of_reach = [language for language in languages if not reached & {language, ANY}]
    if out_of_reach:
        raise DragomanError(
            f"translate cannot reach {' '.join(out_of_reach)} from {source}: "
            f"it has {' '.join(sorted(reached)) or 'nothing'}"
        )


async def _started(stack: AsyncExitStack, engines: list[E], needed: Container[str] = ()) -> list[E]:
    for engine in engines:
        stack.push_async_callback(engine.close)
    try:
        return await start_all(engines, needed)
    except EngineError as error:
        raise DragomanError(str(error)) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
