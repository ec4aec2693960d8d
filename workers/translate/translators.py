"""The chain of translators, as a transcript's final, partial or fill asks it."""

from collections.abc import Callable, Sequence

from schemas.languages import ANY
from schemas.messages import Transcript
from workers.breaker import Breakers
from workers.calls import CallResult, ask
from workers.translate.careful import carefully
from workers.translate.engine import Translator
from workers.translate.glossary import Terms
from workers.translate.masking import NOTHING, Mask
from workers.translate.translations import sensible


class Translators:
    """Engines in order of preference. Fills have breakers of their own: what is wrong with an old text, and fails
    again and again, closes no live one's way."""

    def __init__(
        self,
        engines: Sequence[Translator],
        now: Callable[[], int],
        timeout_s: float,
        breakers: Breakers | None,
        mask: Mask = NOTHING,
        coming: Callable[[str, str], bool] = lambda source, language: False,
    ) -> None:
        """`now` in Unix ms; `coming`: a model that leads from a language to another may be fetched."""
        self._coming = coming
        self._mask = mask
        self._engines, self._now, self._timeout_s, self._breakers = engines, now, timeout_s, breakers
        self.partials = any(engine.partials for engine in engines)
        """One of them is cheap enough for partials."""
        self.at_once = min((engine.at_once for engine in engines), default=1)
        """Finals of one language of a session that all of them take at the same time."""

    async def ask(self, transcript: Transcript, language: str, terms: Terms) -> CallResult[str]:
        """What the first engine makes of it that can; a partial is neither tried again nor given to another.

        `terms`: the session's glossary.
        """
        source, glossary = _base(transcript), terms.into(language)

        async def call(engine: Translator) -> str:
            async def plain(text: str) -> str:
                return sensible(text, await engine.translate(text, source, language))

            return self._mask.over(await carefully(transcript.text, glossary, plain))

        return await ask(
            self._able(transcript, language),
            call,
            timeout_s=self._timeout_s,
            now=self._now,
            retry=transcript.final,  # a partial is soon replaced, and may not hold up the final behind it
            breakers=self._breakers,
            operation=_operation(transcript, language),
        )

    def may_come(self, transcript: Transcript, language: str) -> bool:
        """Nothing here can do it yet, and something may be fetched that can."""
        return self._coming(_base(transcript), language) and not self._able(transcript, language)

    def rest(self, transcript: Transcript, language: str) -> bool:
        """Engines could do it, and the breakers of all of them are open: it is not the text's fault that none did."""
        able, breakers = self._able(transcript, language), self._breakers
        if not able or breakers is None:
            return False
        operation = _operation(transcript, language)
        return all(breakers.of(engine.name, operation).state != "closed" for engine in able)

    def _able(self, transcript: Transcript, language: str) -> list[Translator]:
        """Who does it well comes before who does it roughly; among equals the order of preference counts."""
        source = _base(transcript)
        able = [
            engine
            for engine in self._engines
            if engine.targets(source) & {language, ANY} and (transcript.final or engine.partials)
        ]
        return sorted(able, key=lambda engine: language in engine.rough(source))


def _base(transcript: Transcript) -> str:
    return transcript.language.split("-")[0]


def _operation(transcript: Transcript, language: str) -> str:
    return f"{'fill' if transcript.revised else 'translate'} {_base(transcript)} {language}"
