"""What is believed of a token, and what is not; the time is an argument."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.access.claims import Claims, key_id, read_token, roles
from gateway.access.identity import Identity
from gateway.access.keys import Keys
from gateway.errors import RefusedError
from tests.issuer import Algorithm, Issuer

EXPECTED = Claims("https://issuer.test", ("dragoman", "other"), "realm.roles", "speaker")


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """An issuer that serves nothing."""
    issuer = Issuer()
    issuer.url = "https://issuer.test"
    return issuer


def read(issuer: Issuer, token: str, *, now_s: float | None = None) -> Identity:
    """What a gateway that knows the issuer's keys makes of a token."""
    keys = Keys()
    assert keys.replace({"keys": issuer.published})
    try:
        key = keys[key_id(token)]
    except KeyError:
        raise RefusedError("unauthorized", "unknown key") from None
    return read_token(token, key, EXPECTED, time.time() if now_s is None else now_s)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_of_the_issuer_is_believed(issuer: Issuer, algorithm: Algorithm) -> None:
    until = time.time() + 60
    token = issuer.token(algorithm, exp=until, realm={"roles": ["speaker", "admin"]})
    assert read(issuer, token) == Identity("ada", speaker=True, until=until)


def unsigned(issuer: Issuer) -> str:
    body = issuer.token().split(".")[1]
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": issuer.key_id()}).encode()).rstrip(b"=").decode()
    return f"{none}.{body}."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """HS256, with the public key as the secret: libraries that let the token choose the algorithm take it."""
    public = issuer.private_key().public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = json.dumps({"alg": "HS256", "kid": issuer.key_id()}).encode()
    signed = f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{issuer.token().split('.')[1]}"
    signature = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_by_another(issuer: Issuer) -> str:
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    return jwt.encode(claims, forger, "RS256", headers={"kid": issuer.key_id()})


def changed_after_signing(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    return ".".join((head, issuer.token(sub="eve").split(".")[1], signature))


FORGERIES = {
    "unsigned": unsigned,
    "signed with HS256 and the public key": signed_with_the_public_key,
    "signed by another": signed_by_another,
    "changed after signing": changed_after_signing,
    "under another algorithm's key": lambda issuer: issuer.token("ES256", header={"kid": issuer.key_id("RS256")}),
    "with an unknown kid": lambda issuer: issuer.token(header={"kid": "nobody's"}),
    "expired": lambda issuer: issuer.token(exp=time.time() - 1),
    "without exp": lambda issuer: issuer.token(exp=None),
    "with a word as exp": lambda issuer: issuer.token(exp="never"),
    "with no end as exp": lambda issuer: issuer.token(exp=float("inf")),
    "without iss": lambda issuer: issuer.token(iss=None),
    "of another issuer": lambda issuer: issuer.token(iss="https://issuer.test/"),
    "without sub": lambda issuer: issuer.token(sub=None),
    "with an empty sub": lambda issuer: issuer.token(sub=""),
    "with a number as sub": lambda issuer: issuer.token(sub=7),
    "for somebody else": lambda issuer: issuer.token(aud="account"),
    "for a list of others": lambda issuer: issuer.token(aud=["account", {"a": 1}]),
    "for nobody": lambda issuer: issuer.token(aud=None),
    "for a client, but no access token": lambda issuer: issuer.token(aud=None, client_id="dragoman", token_use="id"),
    "for another client": lambda issuer: issuer.token(aud=None, client_id="account", token_use="access"),
    "not good yet": lambda issuer: issuer.token(nbf=time.time() + 60),
    "of tomorrow": lambda issuer: issuer.token(iat=time.time() + 86400),
    "no token": lambda issuer: "a.b.c",
    "nothing": lambda issuer: "",
    "no text": lambda issuer: "\udcff.\udcff.\udcff",
    "deep": lambda issuer: base64.urlsafe_b64encode(b"[" * 20_000).decode() + ".a.b",
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES.keys())
def test_anything_else_is_refused_and_not_repeated(issuer: Issuer, forged: Any) -> None:
    token = forged(issuer)
    with pytest.raises(RefusedError) as refused:
        read(issuer, token)
    assert refused.value.code == "unauthorized"
    assert not token or token not in refused.value.message


def test_a_token_is_good_until_it_expires_and_not_a_second_longer(issuer: Issuer) -> None:
    token = issuer.token(exp=time.time() + 60)
    assert read(issuer, token)
    with pytest.raises(RefusedError):
        read(issuer, token, now_s=time.time() + 60.1)


def test_an_issuer_whose_clock_is_a_little_ahead_is_believed(issuer: Issuer) -> None:
    assert read(issuer, issuer.token(iat=time.time() + 5, nbf=time.time() + 5))


def test_an_access_token_of_cognito_names_its_client_in_place_of_an_audience(issuer: Issuer) -> None:
    assert read(issuer, issuer.token(aud=None, client_id="dragoman", token_use="access")).subject == "ada"


def test_one_of_several_audiences_is_enough(issuer: Issuer) -> None:
    assert read(issuer, issuer.token(aud=["account", "other"])).subject == "ada"


def test_who_has_not_the_role_is_known_but_no_speaker(issuer: Issuer) -> None:
    assert not read(issuer, issuer.token()).speaker
    assert not read(issuer, issuer.token(realm={"roles": ["listener"]})).speaker


@pytest.mark.parametrize(
    ("claims", "name", "found"),
    [
        ({"roles": ["speaker"]}, "roles", ["speaker"]),
        ({"scope": "openid speaker"}, "scope", ["openid", "speaker"]),
        ({"realm": {"roles": ["speaker", 7]}}, "realm.roles", ["speaker"]),
        ({"https://a.test/roles": ["speaker"]}, "https://a.test/roles", ["speaker"]),
        ({"realm": ["roles"]}, "realm.roles", []),
        ({"roles": {"speaker": True}}, "roles", []),
        ({}, "roles", []),
    ],
)
def test_roles_are_found_where_issuers_put_them(claims: dict[str, Any], name: str, found: list[str]) -> None:
    assert roles(claims, name) == found
