"""How Amazon's services are reached: credentials by the ordinary chain (environment, profile, role of the pod or the
machine), a region, and endpoints of one's own."""

import contextlib
import threading
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError, NoRegionError

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import Settings

SERVICES: Final = ("transcribe", "translate", "polly")
_CONNECT_S: Final = 2.0


class Account:
    """Of one process. What asks the chain may wait for other machines: call it in a thread."""

    def __init__(self, region: str = "", endpoints: dict[str, str] | None = None, ca: str = "") -> None:
        """`region`: empty: by the chain; `endpoints`: URL by service, if not the region's; `ca`: file of the
        certificates that those are signed with."""
        self._region, self._endpoints, self.ca = region, endpoints or {}, ca
        self._made: Any = None
        self._making = threading.Lock()

    def endpoint(self, service: str) -> str:
        """URL of a service; empty: that of the region."""
        return self._endpoints.get(service, "")

    def region(self) -> str:
        """Raises BotoCoreError where nothing names one."""
        region = self._session().region_name
        if not region:
            raise NoRegionError
        return str(region)

    def credentials(self) -> Any:
        """As they are now: access_key, secret_key, token. Raises BotoCoreError."""
        found = self._session().get_credentials()
        if found is None:
            raise NoCredentialsError
        return found.get_frozen_credentials()

    def client(self, service: str, threads: int, timeout_s: float) -> Any:
        """boto3's client of a service, for so many threads; each call ends within about `timeout_s`. Raises
        BotoCoreError.

        It asks once: whether a call is made again is decided in one place, which is not here.
        """
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=min(_CONNECT_S, timeout_s),
            read_timeout=timeout_s,
            max_pool_connections=threads,
            tcp_keepalive=True,
        )
        self.region()
        with self._making:  # making a client is the one thing that threads may not do at the same time
            return self._made.client(
                service, config=config, endpoint_url=self.endpoint(service) or None, verify=self.ca or None
            )

    def _session(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = boto3.session.Session(region_name=self._region or None)
            return self._made


def account_of(settings: Settings) -> Account:
    """By the settings. Raises SettingsError."""
    endpoints = {}
    for entry in settings.listed("amazon_endpoints"):
        service, _, url = entry.partition("=")
        if service not in SERVICES or not url.startswith(("https://", "http://")):
            raise SettingsError(
                f"DRAGOMAN_AMAZON_ENDPOINTS: {entry!r} is not SERVICE=URL with one of {', '.join(SERVICES)}"
            )
        endpoints[service] = url
    return Account(settings.amazon_region, endpoints, settings.amazon_ca)


def close_client(client: Any) -> None:
    """Closes its connections."""
    with contextlib.suppress(BotoCoreError):
        client.close()
