"""What can be had: the floor languages, their translations, and which of those can be spoken."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis

from gateway.errors import RefusedError, unavailable
from schemas.languages import ANY, Abilities, LanguageTagError, abilities_key, lookup
from schemas.socket import Format, Language

FORMATS: tuple[Format, ...] = ("ogg-opus", "pcm16")
_abilities = msgspec.json.Decoder(Abilities)
_NOTHING = Abilities(languages={})

ANYS_NAME = "en"


class Offers(NamedTuple):
    """The abilities of the stages."""

    transcribe: dict[str, list[str]]
    translate: dict[str, list[str]]
    synthesize: dict[str, list[str]]
    rough: dict[str, list[str]] = {}  # noqa: RUF012 - nobody changes it
    """Of `translate` what reads roughly."""

    def floor(self, wanted: str) -> str:
        """The floor language that serves `wanted`. Raises RefusedError."""
        if not self.transcribe:
            raise unavailable()
        return chosen(wanted, self.transcribe)

    @property
    def floors(self) -> list[str]:
        """Languages that can be spoken, by name; engines that take any name none: English stands for them."""
        named = [language for language in self.transcribe if language != ANY]
        return named or ([ANYS_NAME] if self.transcribe else [])

    def targets(self, source: str) -> list[str]:
        """Languages that the floor `source` is translated to; `*` among them means any."""
        concrete = lookup(source, (language for language in self.translate if language != ANY))
        own = self.translate.get(concrete, []) if concrete else []
        return sorted({*own, *self.translate.get(ANY, [])} - {source})

    def speakable(self, language: str) -> bool:
        """Whether there is a voice for it."""
        return lookup(language, self.synthesize.get(ANY, [])) is not None

    def target(self, wanted: str, source: str) -> str:
        """The language that serves a listener who wants `wanted`: the floor or a translation. Raises RefusedError.

        While translate has not said what it can do, nobody is told for good that a language cannot be had.
        """
        try:
            return chosen(wanted, [source, *self.targets(source)])
        except RefusedError as error:
            if error.code == "language-unavailable" and not self.translate:
                raise unavailable() from None
            raise

    def or_else(self, before: "Offers") -> "Offers":
        """What a stage said `before` counts as long as it says nothing: Redis may have forgotten it just now."""
        said = self if self.translate else before
        return Offers(
            self.transcribe or before.transcribe, said.translate, self.synthesize or before.synthesize, said.rough
        )

    def languages(self, source: str) -> list[Language]:
        """All that a listener of the floor `source` can choose by name: the floor first, what reads roughly last."""
        concrete = lookup(source, self.rough)
        rough = self.rough[concrete] if concrete else []
        named = sorted((each in rough, each) for each in self.targets(source) if each != ANY)
        return [
            Language(language=source, captions=True, speech=False),
            *(
                Language(
                    language=each, captions=True, speech=self.speakable(each), quality="rough" if is_rough else "good"
                )
                for is_rough, each in named
            ),
        ]


async def read_offers(redis: "Redis") -> Offers:
    """What the workers said that they can do; empty where none has yet. Raises RedisError."""
    rows = await redis.mget([abilities_key(stage) for stage in Offers._fields[:3]])
    transcribe, translate, synthesize = (_abilities.decode(row) if row else _NOTHING for row in rows)
    return Offers(transcribe.languages, translate.languages, synthesize.languages, translate.rough)


def audio_format(wanted: Sequence[str]) -> Format | None:
    """The first encoding that we have."""
    return next((known for name in wanted for known in FORMATS if known == name), None)


def chosen(wanted: str, available: Sequence[str] | dict[str, list[str]]) -> str:
    """The available language that serves `wanted`. Raises RefusedError."""
    try:
        chosen = lookup(wanted, available)
    except LanguageTagError:
        raise RefusedError("bad-message", "The language is not a BCP-47 tag such as `es` or `pt-BR`.") from None
    if chosen is None:
        named = [language for language in available if language != ANY]
        raise RefusedError("language-unavailable", "This language cannot be had: choose another one.", available=named)
    return chosen
