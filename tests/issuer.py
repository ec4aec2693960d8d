"""A small OpenID issuer with keys of its own: discovery, keys, authorization code with PKCE, refresh tokens."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any, Literal
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

Algorithm = Literal["RS256", "ES256"]

AUDIENCE, CLIENT = "dragoman", "pages"
_CORS = {"Access-Control-Allow-Origin": "*"}


class Issuer:
    """`start` serves on a free port; at its door everybody is `subject`, with `claims`."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        """Path of every request so far."""
        self.subject, self.lives_s = "ada", 300.0
        self.claims: dict[str, Any] = {}
        self.published: list[dict[str, Any]] = []
        self.description: dict[str, Any] = {}
        """Members of the discovery document that are not the usual ones."""
        self.page = "<html>"
        """What is at `/page`, which is no JSON."""
        self.rotations = 0
        self._keys: dict[Algorithm, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.rotate()

    def rotate(self) -> None:
        """New keys; the old ones are published no longer."""
        self.rotations += 1
        self._keys = {
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
        }
        self.published = [
            self.public(RSAAlgorithm.to_jwk(self._keys["RS256"].public_key()), "RS256"),
            self.public(ECAlgorithm.to_jwk(self._keys["ES256"].public_key()), "ES256"),
        ]

    def public(self, key: str, algorithm: Algorithm) -> dict[str, Any]:
        """A key as the set of keys shows it."""
        return json.loads(key) | {"kid": self.key_id(algorithm), "use": "sig"}

    def key_id(self, algorithm: Algorithm = "RS256") -> str:
        """Name of the key of an algorithm."""
        return f"{algorithm}-{self.rotations}"

    def private_key(self, algorithm: Algorithm = "RS256") -> Any:
        """What signs."""
        return self._keys[algorithm]

    def token(self, algorithm: Algorithm = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token of the subject; a claim that is None is left out."""
        kid = {"kid": self.key_id(algorithm)}
        return jwt.encode(self._claims(claims), self._keys[algorithm], algorithm, headers=kid | (header or {}))

    def _claims(self, changes: dict[str, Any]) -> dict[str, Any]:
        now = time.time()
        usual = {"iss": self.url, "sub": self.subject, "aud": AUDIENCE, "iat": int(now), "exp": now + self.lives_s}
        return {name: claim for name, claim in (usual | self.claims | changes).items() if claim is not None}

    async def start(self) -> None:
        """Serves, where it served before if it did."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/realm/.well-known/openid-configuration", self._describe),
                web.get("/realm/keys", self._show_keys),
                web.get("/realm/moved", self._moved),
                web.get("/realm/page", self._page),
                web.get("/realm/authorize", self._authorize),
                web.post("/realm/token", self._exchange),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = int(self._runner.addresses[0][1])
        self.url = f"http://127.0.0.1:{self._port}/realm"

    async def stop(self) -> None:
        """Is away."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _describe(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        usual = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return web.json_response(usual | self.description)

    async def _show_keys(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.json_response({"keys": self.published})

    async def _moved(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        raise web.HTTPFound(f"{self.url}/keys")

    async def _page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(text=self.page, content_type="text/html")

    async def _authorize(self, request: web.Request) -> web.Response:
        """Consents at once."""
        asked = dict(request.query)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _exchange(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append(f"{request.path} {form['grant_type']}")
        if form["grant_type"] == "refresh_token":
            known = str(form["refresh_token"]) in self._refresh
            self._refresh.discard(str(form["refresh_token"]))
            return self._given({}) if known else _refused()
        asked = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not asked or asked["code_challenge"] != proof or asked["redirect_uri"] != form["redirect_uri"]:
            return _refused()
        return self._given({"nonce": asked["nonce"]})

    def _given(self, proof: dict[str, str]) -> web.Response:
        refresh = secrets.token_urlsafe(8)
        self._refresh.add(refresh)
        return web.json_response(
            {
                "access_token": self.token(),
                "id_token": self.token(aud=CLIENT, **proof),
                "refresh_token": refresh,
                "expires_in": round(self.lives_s),
                "token_type": "Bearer",
            },
            headers=_CORS,
        )


def _refused() -> web.Response:
    return web.json_response({"error": "invalid_grant"}, status=400, headers=_CORS)
