"""How Kafka and Redis are reached follows from the settings, and shows in no text."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import SettingsError
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.settings import Settings, read_settings
from tests.gateway.certificate import write_certificate

SASL = {"kafka": "a:1, b:2", "kafka_user": "talks", "kafka_password": "hidden"}


def test_without_more_settings_the_brokers_are_reached_as_ever() -> None:
    assert kafka_connection(read_settings(kafka="a:1,b:2").kafka) == {"bootstrap_servers": ["a:1", "b:2"]}
    assert kafka_connection("a:1") == {"bootstrap_servers": ["a:1"]}


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        ({"kafka_tls": True, "kafka": "a:1"}, "SSL"),
        (SASL, "SASL_PLAINTEXT"),
        (SASL | {"kafka_tls": True}, "SASL_SSL"),
    ],
)
def test_the_protocol_follows_from_what_is_set(said: dict[str, Any], protocol: str) -> None:
    found = kafka_connection(read_settings(**said).kafka)
    assert found["security_protocol"] == protocol
    if "SASL" in protocol:
        login = (found["sasl_mechanism"], found["sasl_plain_username"], found["sasl_plain_password"])
        assert login == ("SCRAM-SHA-512", "talks", "hidden")
    if "SSL" in protocol:
        assert found["ssl_context"].verify_mode is ssl.CERT_REQUIRED
        assert found["ssl_context"].check_hostname


def test_both_are_shown_without_passwords_and_given_on_to_children_with_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = read_settings(**SASL, redis="redis://Talks/0", redis_password="hidden", redis_sentinels="s:1")
    assert f"{settings.kafka} {settings.redis}" == "a:1, b:2 redis://Talks/0"
    shown = repr((settings.kafka.login, settings.redis.login))  # type: ignore[attr-defined]
    assert "hidden" not in shown
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    again = Settings()
    assert kafka_connection(again.kafka) == kafka_connection(settings.kafka)
    assert redis_client(again.redis).connection_pool.connection_kwargs["password"] == "hidden"


def test_a_broker_of_ones_own_is_reached_without_what_the_settings_say_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = read_settings(**SASL).model_copy(update={"kafka": "127.0.0.1:1"})
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    for kafka in (settings.kafka, Settings().kafka):
        assert kafka_connection(kafka) == {"bootstrap_servers": ["127.0.0.1:1"]}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kafka_user": "talks"}, "DRAGOMAN_KAFKA_USER and DRAGOMAN_KAFKA_PASSWORD go together"),
        ({"kafka_cert": "a.pem"}, "DRAGOMAN_KAFKA_CERT needs DRAGOMAN_KAFKA_KEY"),
        ({"redis_key": "a.key"}, "DRAGOMAN_REDIS_KEY needs DRAGOMAN_REDIS_CERT"),
        ({"kafka_user": "t", "kafka_password": "p", "kafka_sasl": "PLAIN"}, "everybody could read the password"),
        ({"kafka_ca": "/nowhere.pem"}, "DRAGOMAN_KAFKA_CA is no file of certificates: /nowhere.pem"),
        ({"kafka_ca": __file__}, "DRAGOMAN_KAFKA_CA is no file of certificates"),
        ({"redis": "rediss://r:1/0", "redis_ca": "/nowhere.pem"}, "DRAGOMAN_REDIS_CA is no file of certificates"),
        ({"redis_ca": "/nowhere.pem"}, "DRAGOMAN_REDIS must begin with rediss://"),
        ({"redis_sentinels": "host"}, "DRAGOMAN_REDIS_SENTINELS is 'host': it must be host:port"),
    ],
)
def test_what_cannot_be_meant_is_said_at_the_start(said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_settings(**({"kafka": "a:1", "redis": "redis://r:1/0"} | said))


def test_a_key_that_is_another_ones_is_said_at_the_start(tmp_path: Path) -> None:
    one, other = write_certificate(tmp_path / "one"), write_certificate(tmp_path / "other")
    read_settings(kafka="a:1", kafka_ca=one.tls_cert, kafka_cert=one.tls_cert, kafka_key=one.tls_key)
    with pytest.raises(SettingsError, match="are not a certificate and its key"):
        read_settings(kafka="a:1", kafka_cert=one.tls_cert, kafka_key=other.tls_key)
