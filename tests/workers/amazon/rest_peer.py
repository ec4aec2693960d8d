"""Peers that answer as Translate and Polly do, and take no request that those would not."""

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import numpy as np
from aiohttp import web

from tests.workers.amazon.models import mistakes
from tests.workers.amazon.signatures import check

CODES = ("auto", "en", "es", "es-MX", "fr", "de", "ca", "pt", "pt-PT", "zh", "zh-TW", "no")
VOICES = (
    ("Joanna", "Female", "en-US", ["standard", "neural"], []),
    ("Matthew", "Male", "en-US", ["standard", "neural", "generative"], []),
    ("Ivy", "Female", "en-US", ["standard", "neural"], []),
    ("Amy", "Female", "en-GB", ["neural"], []),
    ("Lucia", "Female", "es-ES", ["standard", "neural"], []),
    ("Sergio", "Male", "es-ES", ["neural"], []),
    ("Mia", "Female", "es-MX", ["neural"], []),
    ("Lea", "Female", "fr-FR", ["neural"], []),
    ("Kajal", "Female", "hi-IN", ["neural"], ["en-IN"]),
    ("Zhiyu", "Female", "cmn-CN", ["neural"], []),
    ("Camila", "Female", "pt-BR", ["neural"], []),
)
WORD_S = 0.4


@dataclass
class Faults:
    """What goes wrong, from now on."""

    error: str = ""
    """Code of Amazon's in place of an answer."""
    status: int = 400
    retry_after: str = ""
    times: int = 10**9
    """So many calls."""
    delay_s: float = 0.0
    cut: bool = False
    """The connection is cut instead."""


@dataclass
class Call:
    """One that was made."""

    operation: str
    request: dict[str, Any]


@dataclass
class RestPeer:
    """Translate and Polly, at one address."""

    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What no service would take."""
    peers: set[Any] = field(default_factory=set)
    """Addresses that connections came from."""
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    pages: bool = False
    """Lists come in two parts."""

    async def __aenter__(self) -> "RestPeer":
        app = web.Application()
        app.router.add_post("/", self._translate)
        app.router.add_post("/v1/speech", self._speech)
        app.router.add_get("/v1/voices", self._voices)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        assert not self.refused, self.refused

    async def _translate(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._sign(request, body, "translate")
        assert request.headers["content-type"] == "application/x-amz-json-1.1", "the client speaks another protocol now"
        prefix, _, operation = request.headers["x-amz-target"].partition(".")
        assert prefix == "AWSShineFrontendService_20170701"
        return await self._answer("translate", operation, json.loads(body), request)

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._sign(request, body, "polly")
        return await self._answer("polly", "SynthesizeSpeech", json.loads(body), request)

    async def _voices(self, request: web.Request) -> web.StreamResponse:
        self._sign(request, b"", "polly")
        asked: dict[str, Any] = dict(request.query)
        if "IncludeAdditionalLanguageCodes" in asked:
            asked["IncludeAdditionalLanguageCodes"] = asked["IncludeAdditionalLanguageCodes"] == "true"
        return await self._answer("polly", "DescribeVoices", asked, request)

    def _sign(self, request: web.Request, body: bytes, service: str) -> None:
        headers = {name.lower(): text for name, text in request.headers.items()}
        check(request.method, request.path_qs, headers, hashlib.sha256(body).hexdigest(), service)

    async def _answer(
        self, service: str, operation: str, asked: dict[str, Any], request: web.Request
    ) -> web.StreamResponse:
        self.peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        self.calls.append(Call(operation, asked))
        self.refused += [f"{operation}: {mistake}" for mistake in mistakes(service, operation, asked)]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.faults.delay_s)
            return await self._said(operation, asked, request)
        finally:
            self.at_once -= 1

    async def _said(self, operation: str, asked: dict[str, Any], request: web.Request) -> web.StreamResponse:
        if self.faults.times > 0 and (self.faults.error or self.faults.cut):
            self.faults.times -= 1
            if self.faults.cut:
                assert request.transport
                request.transport.abort()
                return web.Response()
            return self._error(self.faults.error, self.faults.status)
        match operation:
            case "ListLanguages":
                return self._listed(
                    "Languages", [{"LanguageName": code, "LanguageCode": code} for code in CODES], asked
                )
            case "DescribeVoices":
                return self._listed("Voices", _described(), asked)
            case "TranslateText":
                return self._translated(asked)
            case "SynthesizeSpeech":
                return self._spoken(asked)
        return self._error("UnknownOperationException", 400)

    def _listed(self, name: str, whole: list[Any], asked: dict[str, Any]) -> web.Response:
        if not self.pages:
            return _json({name: whole})
        if "NextToken" in asked:
            return _json({name: whole[3:]})
        return _json({name: whole[:3], "NextToken": "more"})

    def _translated(self, asked: dict[str, Any]) -> web.Response:
        if len(asked["Text"].encode()) > 10_000:
            return self._error("TextSizeLimitExceededException", 400)
        if {asked["SourceLanguageCode"], asked["TargetLanguageCode"]} - set(CODES):
            return self._error("UnsupportedLanguagePairException", 400)
        text = f"{asked['Text'].rstrip('.!?')} ({asked['TargetLanguageCode']})"
        return _json({"TranslatedText": text, "SourceLanguageCode": "en", "TargetLanguageCode": "es"})

    def _spoken(self, asked: dict[str, Any]) -> web.Response:
        try:
            spoken = ElementTree.fromstring(asked["Text"])
        except ElementTree.ParseError:
            return self._error("InvalidSsmlException", 400)
        words = "".join(spoken.itertext())
        if len(words) > 3_000 or len(asked["Text"]) > 6_000:
            return self._error("TextLengthExceededException", 400)
        known = {name: kinds for name, _, _, kinds, _ in VOICES}
        if asked["Engine"] not in known.get(asked["VoiceId"], ()):
            return self._error("EngineNotSupportedException", 400)
        if asked["OutputFormat"] != "pcm" or asked["SampleRate"] not in ("8000", "16000"):
            return self._error("InvalidSampleRateException", 400)
        prosody = spoken.find("prosody")
        told = {} if prosody is None else prosody.attrib
        if "pitch" in told and asked["Engine"] != "standard":
            return self._error("InvalidSsmlException", 400)
        pcm = _tone(words, int(asked["SampleRate"]), told)
        return web.Response(
            body=pcm, headers={"content-type": "audio/pcm", "x-amzn-RequestCharacters": str(len(words))}
        )

    def _error(self, code: str, status: int) -> web.Response:
        headers = {"x-amzn-errortype": code}
        if self.faults.retry_after:
            headers["retry-after"] = self.faults.retry_after
        return _json({"__type": code, "message": "as asked"}, status=status, headers=headers)


def _described() -> list[dict[str, Any]]:
    return [
        {
            "Id": name,
            "Name": name,
            "Gender": sex,
            "LanguageCode": code,
            "LanguageName": code,
            "SupportedEngines": kinds,
            "AdditionalLanguageCodes": more,
        }
        for name, sex, code, kinds, more in VOICES
    ]


def _tone(words: str, sample_rate: int, told: dict[str, str]) -> bytes:
    rate = float(told.get("rate", "100%").rstrip("%")) / 100
    gain_db = float(told.get("volume", "+0dB").removesuffix("dB"))
    length = len(re.findall(r"\S", words)) / 5 * WORD_S / rate
    samples = np.sin(np.arange(int(length * sample_rate)) * 0.2) * 6_000 * 10 ** (gain_db / 20)
    pcm: bytes = samples.astype("<i2").tobytes()
    return pcm


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"content-type": "application/json", **(headers or {})}
    )
