"""The listener's view of a channel: which captions are newer, and whether one was missed."""

from schemas.socket import Caption

Rank = tuple[int, bool, int]


class CaptionOrder:
    """Order is (segment, final, revision). After a final only a higher final of that segment counts."""

    def __init__(self) -> None:
        self._newest: Rank = (-1, False, -1)
        self._finals: dict[int, int] = {}

    def accept(self, caption: Caption) -> bool:
        """True when `caption` is to be shown: it is newer than what was shown, or revises a shown final."""
        rank = (caption.segment, caption.final, caption.revision)
        if caption.final:
            if caption.revision <= self._finals.get(caption.segment, -1):
                return False
            self._finals[caption.segment] = caption.revision
            self._newest = max(self._newest, rank)
            return True
        if rank <= self._newest or caption.segment in self._finals:
            return False
        self._newest = rank
        return True


class IdChain:
    """The ids of one channel's history, each of which names the one before it. Ids are opaque."""

    def __init__(self) -> None:
        self.seen = ""
        """Id of the last entry that arrived: where to resume."""
        self._known: set[str] = set()
        self._begun = False

    def start(self, identity: str, *, history: bool) -> None:
        """Joined: `identity` is the last entry before live. With `history` entries up to it follow first."""
        self._known.add(identity)
        self.seen = self.seen or identity
        self._begun = not (history and identity)

    def knows(self, identity: str) -> bool:
        """The entry arrived before."""
        return identity in self._known and identity != ""

    def follow(self, identity: str, previous: str) -> bool:
        """Takes an entry; False when the one before it never arrived, so that something was missed."""
        unbroken = not self._begun or previous in self._known or identity in self._known
        self._begun = True
        self._known.add(identity)
        self.seen = identity
        return unbroken
