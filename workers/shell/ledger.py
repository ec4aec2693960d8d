"""Which records of one partition are settled. Tokens are acknowledged strictly in offset order.

Faust commits past an unacknowledged record at the head of a partition, so a record may be acknowledged only when
every earlier one is settled.
"""

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

Token = TypeVar("Token")


class Ledger(Generic[Token]):
    """One partition. `ack` is called once for each settled record, in offset order."""

    def __init__(self, ack: Callable[[Token], object]) -> None:
        self._ack = ack
        self._open: dict[int, tuple[Token, bool]] = {}
        self._settled_below = -1

    def __len__(self) -> int:
        """Records that are not acknowledged yet."""
        return len(self._open)

    def add(self, offset: int, token: Token) -> Literal["new", "again", "settled"]:
        """Notes a record that was read. After a rebalance it may be `again` open, or `settled` already."""
        if offset < self._settled_below:
            self._ack(token)
            return "settled"
        known = self._open.get(offset)
        settled = known is not None and known[1]
        self._open[offset] = token, settled
        if settled:  # and not acknowledged, because an earlier one is open
            return "settled"
        return "new" if known is None else "again"

    def token(self, offset: int) -> Token:
        """What acknowledges an open record."""
        return self._open[offset][0]

    def settle(self, offset: int) -> None:
        """The record needs nothing more; acknowledges what has become the settled prefix."""
        if offset not in self._open:
            return
        self._open[offset] = self._open[offset][0], True
        while self._open:
            first = next(iter(self._open))
            token, settled = self._open[first]
            if not settled:
                return
            del self._open[first]
            self._settled_below = first + 1
            self._ack(token)
