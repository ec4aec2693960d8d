"""The issuer of the tokens: its endpoints and keys, asked for beside the sockets (OpenID Connect Discovery 1.0)."""

import asyncio
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import jwt
import msgspec
import structlog

from gateway import metrics
from gateway.access.claims import invalid, key_id
from gateway.access.keys import Keys
from gateway.errors import unavailable
from gateway.tasks import ended

log = structlog.get_logger()

REFRESH_S = 300.0
"""How old the keys may become while all is well: a key that the issuer withdrew is good for so long."""
AGAIN_S = 2.0
"""How soon an issuer that gave no keys yet is asked again."""
ANSWER_S = 10.0
UNKNOWN_ANSWER_S = 3.0
"""How long a request waits for the key that it names."""
MOST_BYTES = 1024 * 1024


class Endpoints(NamedTuple):
    """What the issuer says of itself."""

    authorization: str
    token: str
    keys: str


class IssuerError(Exception):
    """The issuer's answer is not one that can be used; the text says why."""


class Issuer:
    """`start` asks for the keys, again and again; a failure keeps the last good ones."""

    def __init__(self, url: str, again_s: float = AGAIN_S) -> None:
        self.url, self._again_s = url, again_s
        self.endpoints: Endpoints | None = None
        """Once known."""
        self._keys = Keys()
        self._asking: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def known(self) -> bool:
        """There are keys."""
        return bool(self._keys)

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._refresh())

    async def stop(self) -> None:
        """Ends."""
        await ended([task for task in (self._task, self._asking) if task])

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that a token says it is signed with. Raises RefusedError, also while there are no keys at all."""
        name = key_id(token)
        if not self.known:
            raise unavailable()
        try:
            return self._keys[name]
        except KeyError:
            await self._look_for_more()
        try:
            return self._keys[name]
        except KeyError:
            raise invalid() from None

    async def _look_for_more(self) -> None:
        """Asks for newer keys, but not often: anybody may name a key. All who ask at once wait for one answer."""
        if self._keys.may_ask(monotonic()):
            self._ask()
        if self._asking:
            await asyncio.wait([self._asking], timeout=UNKNOWN_ANSWER_S)

    async def _refresh(self) -> None:
        while True:
            await asyncio.wait([self._ask()])
            await asyncio.sleep(REFRESH_S if self.known else self._again_s)

    def _ask(self) -> "asyncio.Task[None]":
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._fetch())
        return self._asking

    async def _fetch(self) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_S)
            async with aiohttp.ClientSession(timeout=timeout) as http:
                self.endpoints = _endpoints(await _get(http, discovery_url(self.url)), self.url)
                if not self._keys.replace(await _get(http, self.endpoints.keys)):
                    raise IssuerError("it gives no key for RS256 or ES256")
        except (
            aiohttp.ClientError,
            msgspec.MsgspecError,
            OSError,
            TimeoutError,
            IssuerError,
            ValueError,
            RecursionError,
        ) as error:
            metrics.ISSUER_FAILURES.inc()
            reason = str(error) if isinstance(error, IssuerError) else type(error).__name__
            log.warning("issuer.not_usable", issuer=self.url, reason=reason, keys_kept=self.known)


def discovery_url(issuer: str) -> str:
    """Where an issuer describes itself (OpenID Connect Discovery 1.0, section 4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def is_safe(url: str) -> bool:
    """Nobody on the way can change what is read there: HTTPS, or this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
    )


async def _get(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            raise IssuerError(f"it answers with {response.status}")
        try:
            return msgspec.json.decode(await response.content.readexactly(MOST_BYTES))
        except asyncio.IncompleteReadError as whole:
            return msgspec.json.decode(whole.partial)


def _endpoints(description: Any, issuer: str) -> Endpoints:
    """Raises IssuerError."""
    if not isinstance(description, dict) or description.get("issuer") != issuer:
        raise IssuerError("it calls itself otherwise than DRAGOMAN_OIDC_ISSUER")
    return Endpoints(*(_url(description, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")))


def _url(description: dict[str, Any], name: str) -> str:
    url = description.get(name)
    if not isinstance(url, str) or not is_safe(url):
        raise IssuerError(f"its {name} is missing or not https")
    return url
