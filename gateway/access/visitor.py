"""Who asks to speak or to listen: checked only where it matters, so that a guest needs no credential."""

from gateway.access.access import Access
from gateway.access.identity import Identity


class Visitor:
    """`brought` is the identity of the socket's ticket; the `token` of an action goes before it."""

    __slots__ = ("_access", "_brought", "until")

    def __init__(self, access: Access, brought: Identity | None) -> None:
        self._access, self._brought = access, brought
        self.until: float | None = None
        """Unix s until which whoever was asked for may stay; None: for ever, or nobody was asked for."""

    async def identity(self, token: str) -> Identity | None:
        """Who it is; None for a stranger in a mode that wants to know. Raises RefusedError for a bad token."""
        if token and self._access.mode != "open":
            identity: Identity | None = await self._access.identify(token)
        else:
            identity = self._brought or self._access.stranger
        self.until = identity.until if identity else None
        return identity
