"""Where Kafka and Redis are, and how they are reached: with TLS, and as whom.

Both are texts, as they are written in a setting, and are handed around and shown as such. What else is needed to reach
them travels with them and is in no text.
"""

import ssl
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Tls:
    """How a server is believed, and what it is shown."""

    ca: str = ""
    """File of the authorities that may have signed its certificate; empty: those of the machine."""
    cert: str = ""
    """File of our own certificate (chain); empty: it is shown none."""
    key: str = ""
    """File of its key."""

    def context(self) -> ssl.SSLContext:
        """Made from the files as they are now. Raises OSError."""
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.cert:
            context.load_cert_chain(self.cert, self.key or None)
        return context


class Login(NamedTuple):
    """Who we say that we are."""

    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.user!r})"  # a password is in no traceback


NOBODY = Login()
NO_FILES = Tls()


class Brokers(str):
    """`host:port,…` of Kafka's brokers. A plain text of that kind is reached without TLS, as nobody."""

    __slots__ = ("login", "mechanism", "tls")
    tls: Tls | None
    login: Login
    mechanism: str

    def __new__(cls, brokers: str, tls: Tls | None = None, login: Login = NOBODY, mechanism: str = "") -> "Brokers":
        """`mechanism`: of SASL, with a login."""
        self = super().__new__(cls, brokers)
        self.tls, self.login, self.mechanism = tls, login, mechanism
        return self


class RedisUrl(str):
    """`redis://host:port/0` or `rediss://…`; with Sentinels the host is the name of what they watch."""

    __slots__ = ("login", "sentinels", "sentinels_login", "tls")
    tls: Tls
    login: Login
    sentinels: str
    sentinels_login: Login

    def __new__(
        cls, url: str, tls: Tls = NO_FILES, login: Login = NOBODY, sentinels: str = "", sentinels_login: Login = NOBODY
    ) -> "RedisUrl":
        """`sentinels`: `host:port,…`; empty: the URL says where Redis is."""
        self = super().__new__(cls, url)
        self.tls, self.login, self.sentinels, self.sentinels_login = tls, login, sentinels, sentinels_login
        return self


def kafka_connection(brokers: str) -> dict[str, Any]:
    """What aiokafka's clients need to know to reach `brokers`. Raises OSError for files of TLS that do not do."""
    found: dict[str, Any] = {"bootstrap_servers": [address.strip() for address in brokers.split(",")]}
    if not isinstance(brokers, Brokers):
        return found
    if brokers.tls:
        found |= {"security_protocol": "SSL", "ssl_context": brokers.tls.context()}
    if brokers.login.user:
        found |= {
            "security_protocol": "SASL_SSL" if brokers.tls else "SASL_PLAINTEXT",
            "sasl_mechanism": brokers.mechanism,
            "sasl_plain_username": brokers.login.user,
            "sasl_plain_password": brokers.login.password,
        }
    return found


def addresses(listed: str) -> list[tuple[str, int]]:
    """`host:port,…` in parts. Raises ValueError."""
    parts = (address.strip().rpartition(":") for address in listed.split(","))
    return [(host.strip("[]"), int(port)) for host, _, port in parts]
