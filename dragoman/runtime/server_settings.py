"""Whether what the settings say of the ways to Kafka and Redis does: found at the start, not at the first use."""

from typing import TYPE_CHECKING

from dragoman.runtime.addresses import NO_FILES, Brokers, RedisUrl, Tls, addresses
from dragoman.runtime.errors import SettingsError

if TYPE_CHECKING:
    from dragoman.runtime.settings import Settings


def check_reach(settings: "Settings") -> None:
    """Raises SettingsError with one line that says what to mend."""
    kafka, redis = settings.kafka, settings.redis
    for server in ("kafka", "redis"):
        for half, other in (("cert", "key"), ("key", "cert")):
            if getattr(settings, f"{server}_{half}") and not getattr(settings, f"{server}_{other}"):
                raise SettingsError(f"{_named(server, half)} needs {_named(server, other)}, too")
    if isinstance(kafka, Brokers):
        if bool(kafka.login.user) != bool(kafka.login.password):
            raise SettingsError("DRAGOMAN_KAFKA_USER and DRAGOMAN_KAFKA_PASSWORD go together: one of them is empty")
        if kafka.login.user and kafka.mechanism == "PLAIN" and not kafka.tls:
            raise SettingsError(
                "DRAGOMAN_KAFKA_SASL is PLAIN: without DRAGOMAN_KAFKA_TLS everybody could read the password"
            )
        if kafka.tls:
            _readable("kafka", kafka.tls)
    if isinstance(redis, RedisUrl):
        if redis.startswith("rediss:"):
            _readable("redis", redis.tls)
        elif redis.tls != NO_FILES:
            raise SettingsError(
                "DRAGOMAN_REDIS_CA, _CERT and _KEY are for TLS: DRAGOMAN_REDIS must begin with rediss://"
            )
        try:
            addresses(redis.sentinels) if redis.sentinels else None
        except ValueError as error:
            raise SettingsError(f"DRAGOMAN_REDIS_SENTINELS is {redis.sentinels!r}: it must be host:port,…") from error


def _readable(server: str, tls: Tls) -> None:
    """Says which file does not do."""
    try:
        Tls(tls.ca).context()
    except OSError as error:
        raise SettingsError(f"{_named(server, 'ca')} is no file of certificates: {tls.ca} ({error})") from error
    try:
        tls.context()
    except OSError as error:
        files = f"{_named(server, 'cert')} and {_named(server, 'key')}"
        raise SettingsError(f"{files} are not a certificate and its key: {tls.cert}, {tls.key} ({error})") from error


def _named(server: str, what: str) -> str:
    return f"DRAGOMAN_{server}_{what}".upper()
