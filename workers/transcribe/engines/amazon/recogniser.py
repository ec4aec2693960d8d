"""The Amazon recogniser: a stream of Transcribe for each session."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from amazon_transcribe.client import TranscribeStreamingClient
from botocore.exceptions import BotoCoreError

from schemas.languages import AUTO
from workers.amazon.account import Account
from workers.amazon.troubles import reason
from workers.amazon.troubles import trouble as trouble_of_account
from workers.errors import AtCapacity, EngineAway, EngineError, EngineRefused, EngineUnavailable
from workers.transcribe.engines.amazon.client import make_client
from workers.transcribe.engines.amazon.languages import by_tag, code_of
from workers.transcribe.engines.amazon.recognition import AmazonRecognition, StreamLimits
from workers.transcribe.engines.amazon.stream import END_S, START_S, AmazonStream
from workers.transcribe.engines.amazon.troubles import ACTION

_PROBE: Final = bytes(2 * 1_600)
_PROBES: Final = 5
"""Half a second of silence."""


class AmazonRecogniser:
    """Hears every language of Transcribe streaming, and finds out which one is spoken."""

    name = "amazon"

    def __init__(
        self,
        account: Account,
        *,
        streams: int = 20,
        stability: str = "medium",
        options: tuple[str, ...] = (),
        vocabularies: Mapping[str, str] = {},
        filters: Mapping[str, str] = {},
        limits: StreamLimits = StreamLimits(),  # noqa: B008  # it is frozen
        start_s: float = START_S,
        end_s: float = END_S,
    ) -> None:
        """`streams`: sessions at once; `options`: Amazon's codes of the languages that are told apart; `vocabularies`
        and `filters`: names of the account's, by code; `start_s`, `end_s`: of each stream."""
        self.languages = frozenset({*by_tag(), AUTO})
        self._account, self._streams, self._stability, self._options = account, streams, stability, options
        self._vocabularies, self._filters = vocabularies, filters
        self._limits, self._start_s, self._end_s = limits, start_s, end_s
        self._client: TranscribeStreamingClient | None = None
        self._open: set[AmazonRecognition] = set()

    @property
    def capacity(self) -> tuple[int, int]:
        """Sessions that it hears, and that it may hear: streams of an account are few."""
        return len(self._open), self._streams

    async def start(self) -> None:
        """Lets half a second of silence be heard. Raises EngineAway."""
        try:
            self._client = await make_client(self._account)
            await self._probe()
        except BotoCoreError as error:
            raise EngineAway(f"Amazon Transcribe: {reason(trouble_of_account(error, ACTION))}") from error
        except EngineError as error:
            raise EngineAway(f"Amazon Transcribe: {reason(error)}") from error

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> AmazonRecognition:
        """A stream for a session, which begins with its audio. `vocabulary`: Amazon knows those of the account only.

        Raises AtCapacity, EngineRefused (language).
        """
        code = "" if language == AUTO else code_of(language)
        if code is None:
            raise EngineRefused(f"It does not understand {language}.")
        if self._client is None:
            raise EngineUnavailable("Amazon Transcribe is not started.")
        if len(self._open) >= self._streams:
            raise AtCapacity(f"({self._streams} streams)")
        recognition = AmazonRecognition(
            self._begin, code, language == AUTO, self._limits, lambda: self._open.discard(recognition)
        )
        self._open.add(recognition)
        return recognition

    async def close(self) -> None:
        """Ends all streams."""
        await asyncio.gather(*(recognition.close() for recognition in list(self._open)))

    def _begin(self, language: str) -> AmazonStream:
        """`language`: one of Amazon's codes, or a tag that was found out; empty: it is to be found out."""
        assert self._client
        code = code_of(language) if language else ""
        return AmazonStream(self._client, self._request(code or ""), self._start_s, self._end_s)

    def _request(self, code: str) -> dict[str, Any]:
        request: dict[str, Any] = {
            "language_code": code or None,
            "enable_partial_results_stabilization": True,
            "partial_results_stability": self._stability,
        }
        if not code:
            request |= {"identify_language": True, "language_options": list(self._options)}
        for known, one, several in (
            (self._vocabularies, "vocabulary_name", "vocabulary_names"),
            (self._filters, "vocab_filter_name", "vocab_filter_names"),
        ):
            if names := [known[each] for each in ([code] if code else self._options) if each in known]:
                request[one if code else several] = names[0] if code else names
        if any(name.startswith("vocab_filter") for name in request):
            request["vocab_filter_method"] = "mask"
        return request

    async def _probe(self) -> None:
        stream = self._begin(self._options[0] if self._options else "en-US")
        for _ in range(_PROBES):
            stream.send(_PROBE)
        stream.end()
        try:
            while (result := await stream.results.get()) is not None:
                if isinstance(result, EngineError):
                    raise result
        finally:
            await stream.close()
