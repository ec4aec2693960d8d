"""Signatures of AWS (SigV4), computed again from what arrived: by the description, not by the client's own code."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-west-1"
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Authorization:
    """What the header of that name says."""

    scope: str
    signed_headers: tuple[str, ...]
    signature: str


class SignatureError(AssertionError):
    """A signature that a service would refuse."""


def parse(header: str) -> Authorization:
    """Raises SignatureError."""
    kind, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    key, _, scope = parts["Credential"].partition("/")
    if kind != "AWS4-HMAC-SHA256" or key != ACCESS_KEY:
        raise SignatureError(f"{kind} of {key}")
    return Authorization(scope, tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


def check(method: str, target: str, headers: Mapping[str, str], payload_hash: str, service: str) -> Authorization:
    """Of a request; `headers` in small letters. Raises SignatureError."""
    said = parse(headers["authorization"])
    if said.scope.split("/")[1:] != [REGION, service, "aws4_request"]:
        raise SignatureError(f"scope {said.scope}")
    url = urlsplit(target)
    query = "&".join(sorted(part if "=" in part else f"{part}=" for part in url.query.split("&") if part))
    canonical = "\n".join(
        [
            method,
            url.path,
            query,
            *(f"{name}:{' '.join(headers[name].split())}" for name in said.signed_headers),
            "",
            ";".join(said.signed_headers),
            payload_hash,
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{said.scope}\n{digest}"
    if sign(to_sign, said.scope) != said.signature:
        raise SignatureError(f"of {method} {target}")
    return said


def sign(text: str, scope: str) -> str:
    """In hex, with the key of the scope."""
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
