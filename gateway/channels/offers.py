"""What can be had: the floor languages, their translations, and which of those can be spoken."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec
from redis.asyncio import Redis

from gateway.channels.fetchable import Fetchable
from gateway.errors import RefusedError, unavailable
from schemas.fetching import Fetching, fetching_key
from schemas.languages import ANY, AUTO, Abilities, LanguageTagError, Voicing, abilities_key, floor_tag, lookup
from schemas.socket import FORMATS, Format, Language

_abilities = msgspec.json.Decoder(Abilities)
_fetching = msgspec.json.Decoder(Fetching)
_NOTHING = Abilities(languages={})

ANYS_NAME = "en"


class Offers(NamedTuple):
    """The abilities of the stages."""

    transcribe: dict[str, list[str]]
    translate: dict[str, list[str]]
    synthesize: dict[str, list[str]]
    rough: dict[str, list[str]] = {}  # noqa: RUF012 - nobody changes it
    """Of `translate` what reads roughly."""
    engines: dict[str, dict[str, dict[str, str]]] = {}  # noqa: RUF012 - nobody changes it
    """By stage, source (or `*`) and language: name of the engine that is asked first."""
    rough_voices: frozenset[str] = frozenset()
    """Of the languages of `synthesize` those that only a rough voice speaks."""
    voices: dict[str, Voicing] = {}  # noqa: RUF012 - nobody changes it
    """What speaks each of them, where its worker said so."""
    fetchable: Fetchable = Fetchable()
    """What could be had beside that."""

    def floor(self, wanted: str) -> str:
        """The floor language that serves `wanted`; `auto` if it can be found out. Raises RefusedError."""
        if not self.transcribe:
            raise unavailable()
        known = [language for language in self.transcribe if language != AUTO]
        if wanted.lower() != AUTO:
            return chosen(wanted, known)
        if not self.detects:
            raise _cannot_be_had(known)
        return AUTO

    @property
    def detects(self) -> bool:
        """Which language is spoken can be found out."""
        return AUTO in self.transcribe

    @property
    def floors(self) -> list[str]:
        """Languages that can be spoken, by name; engines that take any name none: English stands for them."""
        named = [language for language in self.transcribe if language not in (ANY, AUTO)]
        return named or ([ANYS_NAME] if self.transcribe else [])

    def targets(self, source: str) -> list[str]:
        """Languages that the floor `source` is translated to (`auto`: any floor); `*` among them means any."""
        if source == AUTO:
            return sorted({target for floor in self.floors for target in self.targets(floor)})
        concrete = lookup(source, (language for language in self.translate if language != ANY))
        own = self.translate.get(concrete, []) if concrete else []
        return sorted({*own, *self.translate.get(ANY, [])} - {source})

    def later(self, source: str) -> list[str]:
        """Languages that it could be translated to if they were fetched; of `auto`: any floor."""
        floors = self.floors if source == AUTO else [source]
        found = {target for floor in floors for target in self.fetchable.targets(floor)}
        return sorted(found - {source, *self.targets(source)})

    def speakable(self, language: str) -> bool:
        """Whether there is a voice for it."""
        return lookup(language, self.synthesize.get(ANY, [])) is not None

    def voicing(self, language: str) -> Voicing | None:
        """What speaks it, as far as that is known."""
        return self.voices.get(lookup(language, self.voices) or "") or self.voices.get(ANY)

    def voice(self, wanted: str, language: str) -> str:
        """The voice that was chosen if the language has it, else empty."""
        voicing = self.voicing(language)
        return wanted if voicing and wanted in voicing.voices else ""

    def target(self, wanted: str, source: str) -> str:
        """The language that serves who wants `wanted`: the floor (`auto`: whatever that is) or a translation.

        Raises RefusedError.
        While translate has not said what it can do, nobody is told for good that a language cannot be had.
        """
        if wanted.lower() == AUTO:
            return floor_tag(source)
        try:
            own = [] if source == AUTO else [source]
            return chosen(wanted, [*own, *self.targets(source), *self.later(source)])
        except RefusedError as error:
            if error.code == "language-unavailable" and not self.translate:
                raise unavailable() from None
            raise

    def offered(self, wanted: str, source: str) -> bool:
        """Whether who wants `wanted` can choose it, now or once it is fetched. Raises RefusedError."""
        try:
            return lookup(wanted, [source, *self.targets(source), *self.later(source)]) is not None
        except LanguageTagError:
            raise _no_tag() from None

    def or_else(self, before: "Offers") -> "Offers":
        """What a stage said `before` counts as long as it says nothing: Redis may have forgotten it just now."""
        said = self if self.translate else before
        return Offers(
            self.transcribe or before.transcribe,
            said.translate,
            self.synthesize or before.synthesize,
            said.rough,
            before.engines | {stage: engines for stage, engines in self.engines.items() if engines},
            self.rough_voices if self.synthesize else before.rough_voices,
            self.voices if self.synthesize else before.voices,
            Fetchable(
                (self if self.translate else before).fetchable.captions,
                (self if self.synthesize else before).fetchable.voices,
                self.fetchable.models,
            ),
        )

    def languages(self, source: str) -> list[Language]:
        """All that a listener of the floor `source` can choose by name: the floor first, then what is there, what reads
        roughly last, then what has to be fetched."""
        named = sorted((self._is_rough(source, each), each) for each in self.targets(source) if each != ANY)
        later = sorted((self._is_rough(source, each), each) for each in self.later(source))
        return [
            Language(language=source, captions=True, speech=False),
            *(self._language(source, each, rough=rough, there=True) for rough, each in named),
            *(self._language(source, each, rough=rough, there=False) for rough, each in later),
        ]

    def _language(self, source: str, language: str, *, rough: bool, there: bool) -> Language:
        offer = Language(
            language=language,
            captions=True,
            speech=self.speakable(language) or self.fetchable.voice(language),
            quality="rough" if rough else "good",
            speech_quality=self._speech_quality(language),
            voices=self._voices(language),
        )
        return self.fetchable.described(source, offer, there=there)

    def described(self, source: str) -> list[Language]:
        """The same with the names of the engines."""
        heard, spoken = self.engines.get("transcribe", {}), self.engines.get("synthesize", {})
        return [
            msgspec.structs.replace(
                each,
                captions_engine=_engine(heard if each.language == source else translated, source, each.language),
                speech_engine=_engine(spoken, ANY, each.language) if each.speech else msgspec.UNSET,
                **(self._voicing(each.language) if each.speech else {}),
            )
            for translated in [self.engines.get("translate", {})]
            for each in self.languages(source)
        ]

    def _speech_quality(self, language: str) -> Literal["good", "rough"] | msgspec.UnsetType:
        voice = lookup(language, self.synthesize.get(ANY, []))
        if voice is None:
            return msgspec.UNSET
        return "rough" if voice in self.rough_voices else "good"

    def _voices(self, language: str) -> list[str] | msgspec.UnsetType:
        voicing = self.voicing(language) if self.speakable(language) else None
        return (voicing.voices if voicing else []) or msgspec.UNSET

    def _voicing(self, language: str) -> dict[str, str]:
        """Which voice it is and why, as members of a Language."""
        voicing = self.voicing(language) or Voicing(engine="")
        told = {"voice": voicing.voice, "reason": voicing.reason, "because": voicing.because}
        return {f"speech_{name}": said for name, said in told.items() if said}

    def _is_rough(self, source: str, target: str) -> bool:
        """Of `auto`: whatever is spoken."""
        if source == AUTO:
            floors = [floor for floor in self.floors if target in {*self.targets(floor), *self.later(floor)}]
            return all(self._is_rough(floor, target) for floor in floors)
        concrete = lookup(source, self.rough)
        return bool(concrete) and target in self.rough[concrete or ""]


NO_OFFERS = Offers({}, {}, {})


def _engine(engines: dict[str, dict[str, str]], source: str, language: str) -> str | msgspec.UnsetType:
    """The engine that is asked first for a language, if its worker said so."""
    tag = ANY if source == ANY else lookup(source, engines) or ANY
    of_source = engines.get(tag, engines.get(ANY, {}))
    return of_source.get(lookup(language, of_source) or "", of_source.get(ANY, "")) or msgspec.UNSET


class CurrentOffers:
    """What can be had now; what a stage said before counts while Redis has nothing of it."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._before = Offers({}, {}, {})

    async def now(self) -> Offers:
        """Asks Redis. Raises RedisError."""
        offers = (await _read(self._redis)).or_else(self._before)
        if offers != self._before:  # what is the same stays the same object
            self._before = offers
        return self._before


async def _read(redis: "Redis") -> Offers:
    """What the workers said that they can do; empty where none has yet. Raises RedisError."""
    *rows, fetching = await redis.mget([*(abilities_key(stage) for stage in Offers._fields[:3]), fetching_key()])
    transcribe, translate, synthesize = (_abilities.decode(row) if row else _NOTHING for row in rows)
    models = _fetching.decode(fetching).models if fetching else {}
    fetchable = Fetchable(translate.lacking, synthesize.lacking.get(ANY, {}), models)
    engines = {"transcribe": transcribe.engines, "translate": translate.engines, "synthesize": synthesize.engines}
    rough_voices = frozenset(synthesize.rough.get(ANY, []))
    return Offers(
        transcribe.languages,
        translate.languages,
        synthesize.languages,
        translate.rough,
        engines,
        rough_voices,
        synthesize.voices,
        fetchable,
    )


def audio_format(wanted: Sequence[str]) -> Format | None:
    """The first encoding that we have."""
    return next((known for name in wanted for known in FORMATS if known == name), None)


def chosen(wanted: str, available: Sequence[str] | dict[str, list[str]]) -> str:
    """The available language that serves `wanted`. Raises RefusedError."""
    try:
        chosen = lookup(wanted, available)
    except LanguageTagError:
        raise _no_tag() from None
    if chosen is None:
        raise _cannot_be_had(available)
    return chosen


def _no_tag() -> RefusedError:
    return RefusedError("bad-message", "The language is not a BCP-47 tag such as `es` or `pt-BR`.")


def _cannot_be_had(available: Iterable[str]) -> RefusedError:
    named = [language for language in available if language != ANY]
    return RefusedError("language-unavailable", "This language cannot be had: choose another one.", available=named)
