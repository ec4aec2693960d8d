"""Who is who, in the mode of the settings."""

from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import WALL_CLOCK
from gateway.access.claims import Claims, read_token
from gateway.access.identity import ANYONE, Identity
from gateway.access.issuer import Issuer
from gateway.access.rules import same
from gateway.errors import RefusedError


class Access:
    """Turns credentials into identities."""

    def __init__(self, settings: Settings) -> None:
        self.mode = settings.auth or "open"
        self.client_id, self.scope = settings.oidc_client_id, settings.oidc_scope
        self.issuer = Issuer(settings.oidc_issuer) if self.mode == "oidc" else None
        self._key = settings.speaker_key
        self._claims = Claims(
            issuer=settings.oidc_issuer,
            audiences=settings.listed("oidc_audiences"),
            role_claim=settings.oidc_role_claim,
            speaker_role=settings.oidc_speaker_role,
        )

    @property
    def stranger(self) -> Identity | None:
        """Who somebody without a credential is: anyone in mode `open`, a stranger (None) in the others."""
        return ANYONE if self.mode == "open" else None

    def start(self) -> None:
        """Begins to ask the issuer, if there is one; it may come later."""
        if self.issuer:
            self.issuer.start()

    async def stop(self) -> None:
        """Ends."""
        if self.issuer:
            await self.issuer.stop()

    def missing(self) -> str:
        """What is not there that credentials need; empty: nothing."""
        return "issuer" if self.issuer and not self.issuer.known else ""

    async def identify(self, credential: str) -> Identity:
        """Whose credential it is. Raises RefusedError, which does not hold it."""
        if self.issuer:
            key = await self.issuer.key_of(credential)
            return read_token(credential, key, self._claims, WALL_CLOCK.seconds())
        if self.mode == "secret" and not same(self._key, credential):
            raise RefusedError("unauthorized", "The speaker key is not the one of this gateway.")
        return ANYONE
