"""The keys of an issuer."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from gateway.access.keys import UNKNOWN_S, Keys
from tests.issuer import Issuer


def test_keys_for_other_ends_are_not_taken() -> None:
    """A symmetric key in the set would let anybody who can read it sign."""
    issuer, keys = Issuer(), Keys()
    rsa_key, ec_key = issuer.published
    assert keys.replace(
        {
            "keys": [
                {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "symmetric"},
                rsa_key | {"use": "enc", "kid": "encryption"},
                rsa_key | {"alg": "PS256", "kid": "PS256"},
                rsa_key | {"alg": "none", "kid": "none"},
                weak_key(),
                ec_key,
                "no key",
            ]
        }
    )
    assert keys["ES256-1"].algorithm_name == "ES256"
    for unwanted in ("symmetric", "encryption", "PS256", "none", "weak"):
        with pytest.raises(KeyError):
            keys[unwanted]


def weak_key() -> dict[str, str]:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    key: dict[str, str] = json.loads(RSAAlgorithm.to_jwk(weak.public_key()))
    return key | {"kid": "weak"}


@pytest.mark.parametrize("answer", [{}, {"keys": []}, {"keys": "none"}, {"keys": [{"kty": "RSA"}]}, [], "", None, 7])
def test_an_answer_without_keys_leaves_the_last_good_ones(answer: object) -> None:
    issuer, keys = Issuer(), Keys()
    assert keys.replace({"keys": issuer.published})
    assert not keys.replace(answer)
    assert keys[issuer.key_id()]


def test_a_rotation_forgets_the_old_keys() -> None:
    issuer, keys = Issuer(), Keys()
    keys.replace({"keys": issuer.published})
    issuer.rotate()
    keys.replace({"keys": issuer.published})
    assert keys["RS256-2"]
    with pytest.raises(KeyError):
        keys["RS256-1"]


def test_unknown_keys_are_asked_for_at_most_once_in_thirty_seconds() -> None:
    keys = Keys()
    asked = [second for second in range(100) if keys.may_ask(1000.0 + second)]
    assert asked == [0, 30, 60, 90]
    assert UNKNOWN_S == 30
