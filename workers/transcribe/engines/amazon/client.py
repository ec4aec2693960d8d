"""The client library, told to use our account: one client for all streams of the process."""

import asyncio
import time
from typing import Final

from amazon_transcribe.auth import CredentialResolver, Credentials
from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.endpoints import StaticEndpointResolver
from amazon_transcribe.model import TranscriptResultStream
from awscrt import io
from awscrt.exceptions import AwsCrtError

from workers.amazon.account import Account
from workers.errors import EngineCrashed
from workers.transcribe.engines.amazon.gentle import read_gently
from workers.transcribe.engines.amazon.patient import wait_patiently

_KEPT_S: Final = 30.0


class ChainCredentials(CredentialResolver):
    """By the chain that the other services use. They are asked for with every 100 ms of audio of every stream."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._kept: Credentials | None = None
        self._kept_at = 0.0

    async def get_credentials(self) -> Credentials:
        """At most half a minute old: botocore renews them a quarter of an hour before their end."""
        if self._kept is None or time.monotonic() - self._kept_at > _KEPT_S:
            found = await asyncio.to_thread(self._account.credentials)
            self._kept = Credentials(found.access_key, found.secret_key, found.token)
            self._kept_at = time.monotonic()
        return self._kept


async def make_client(account: Account) -> TranscribeStreamingClient:
    """Raises BotoCoreError where there is no region or there are no credentials."""
    read_gently()
    region, credentials = await asyncio.to_thread(account.region), ChainCredentials(account)
    await credentials.get_credentials()
    endpoint = account.endpoint("transcribe")
    client = TranscribeStreamingClient(
        region=region,
        credential_resolver=credentials,
        endpoint_resolver=StaticEndpointResolver(endpoint) if endpoint else None,  # type: ignore[no-untyped-call]
    )
    wait_patiently(client._session_manager)
    if account.ca:  # the library has no way to say this
        options = io.TlsContextOptions()
        options.override_default_trust_store_from_path(None, account.ca)
        client._session_manager._tls_ctx = io.ClientTlsContext(options)
    return client


async def require_whole(stream: TranscriptResultStream) -> None:
    """Raises EngineCrashed if the results ended because the connection broke: the library ends them all the same."""
    try:
        await stream._raw_stream.done
    except AwsCrtError as error:
        raise EngineCrashed(f"(the connection broke: {error.name})") from error
