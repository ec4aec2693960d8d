"""The Amazon synthesizer: Polly's voices."""

from collections.abc import Mapping
from typing import Any, Final

from workers.amazon.account import Account
from workers.amazon.calls import Calls
from workers.amazon.shared_rate import SharedRate
from workers.errors import EngineRefused, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, PROBE, Sound, Tone, Voice
from workers.synthesize.engines.amazon.ssml import ssml
from workers.synthesize.engines.amazon.voices import PollyVoice, Voices
from workers.synthesize.engines.pieces import pieces
from workers.synthesize.engines.readable import readable

SPEAK, DESCRIBE = "polly:SynthesizeSpeech", "polly:DescribeVoices"
"""What IAM calls the calls that are made."""
SAMPLE_RATE: Final = 16_000
"""The most that Polly's PCM has. PCM, as the stage cuts a sound into parts, and each format is encoded from it once."""


class AmazonSynthesizer:
    """Languages and voices are known when it has started: Polly names those of the region."""

    name = "amazon"
    rough, by_clause = False, False
    cost = 0.0  # of a core here

    def __init__(
        self,
        account: Account,
        kind: str = "neural",
        *,
        calls: int = 16,
        timeout_s: float = 10,
        pinned: Mapping[str, str] = {},
        rate: SharedRate | None = None,
    ) -> None:
        """`kind`: class of voices; `calls` at once; `timeout_s`: for each; `pinned`: the voice of a language; `rate`:
        that of all workers together."""
        self._rate = rate
        self._calls = Calls(account, "polly", calls, timeout_s)
        self._kind, self._pinned = kind, pinned
        self._voices = Voices((), kind)
        self.voices: Mapping[str, tuple[Voice, ...]] = {}
        self.languages: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Asks which voices there are, and speaks a sentence. Raises EngineUnavailable."""
        self._voices = Voices(await self._calls.open(_described, DESCRIBE), self._kind)
        self.voices = self._voices.voices
        self.languages = frozenset(self.voices)
        if not self.languages:
            raise EngineUnavailable(
                f"Amazon Polly: region: it has no {self._kind} voice there: another one, or class of voices"
            )
        language = "en" if "en" in self.languages else min(self.languages)
        voice = self._voices.of(language, 0)
        assert voice
        request = self._request(PROBE, voice, 1.0, NEUTRAL)
        await self._calls.open(lambda client: _spoken(client, request), SPEAK)

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text`; what has no letter, digit or symbol gives a Sound of length 0. Raises EngineError."""
        voice = self._voices.of(language, tone.pitch_hz, self._pinned.get(language, ""))
        if voice is None:
            raise EngineRefused(f"Polly has no {self._kind} voice for {language}.")
        spoken = [await self._speak(piece, voice, rate, tone) for piece in pieces(readable(text, language))]
        return Sound(b"".join(spoken), SAMPLE_RATE)

    async def close(self) -> None:
        """Calls that are under way end by themselves."""
        await self._calls.close()
        if self._rate:
            await self._rate.close()

    async def _speak(self, piece: str, voice: PollyVoice, rate: float, tone: Tone) -> bytes:
        request = self._request(piece, voice, rate, tone)
        if self._rate:
            await self._rate.turn()
        return await self._calls.call(lambda client: _spoken(client, request), SPEAK)

    def _request(self, piece: str, voice: PollyVoice, rate: float, tone: Tone) -> dict[str, Any]:
        return {
            "Engine": self._kind,
            "LanguageCode": voice.code,
            "VoiceId": voice.voice.name,
            "OutputFormat": "pcm",
            "SampleRate": str(SAMPLE_RATE),
            "TextType": "ssml",
            "Text": ssml(piece, self._kind, rate, tone),
        }


def _spoken(client: Any, request: dict[str, Any]) -> bytes:
    with client.synthesize_speech(**request)["AudioStream"] as stream:
        pcm: bytes = stream.read()
    return pcm[: len(pcm) // 2 * 2]


def _described(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token = None
    while True:
        answer = client.describe_voices(IncludeAdditionalLanguageCodes=True, **({"NextToken": token} if token else {}))
        found += answer["Voices"]
        token = answer.get("NextToken")
        if not token:
            return found
