"""One frame for many sockets: the loop whose every step is paid for each listener and each message."""

import os
from collections.abc import Callable, Iterable

from gateway.wire.peer import Peer


class Fan:
    """Peers who get the same frames.

    As long as nothing waits for a peer, its frames go straight to the kernel: a transport does the same, but to get
    there takes as long as half of what the kernel does, most of it in waiting for memory. Nobody is asked to wait:
    what the kernel does not take goes to the transport, and the peer is written to by `Peer.write`, which looks at what
    waits, until that is gone.
    """

    def __init__(self, peers: Iterable[Peer]) -> None:
        self._peers = list(peers)
        self._direct: list[tuple[int, Callable[[], bool]]] = []
        self._direct_peers: list[Peer] = []
        self._others: list[Peer] = []
        self._changes = -1

    def __len__(self) -> int:
        return len(self._peers)

    def write(self, frame: bytes) -> None:
        """Writes whole frames to all of them."""
        if self._changes != Peer.changes:
            self._sort()
        write, length = os.write, len(frame)
        short: list[tuple[int, int]] = []
        for place, (descriptor, closing) in enumerate(self._direct):
            if closing():  # the descriptor may soon be another one's
                continue
            try:
                taken = write(descriptor, frame)
            except OSError:  # the transport meets the same error, and deals with it
                taken = 0
            if taken != length:
                short.append((place, taken))
        for peer in self._others:
            peer.write(frame)
        for place, taken in short:
            self._direct_peers[place].write_rest(frame[taken:])

    def _sort(self) -> None:
        self._changes = Peer.changes
        self._direct, self._direct_peers, self._others = [], [], []
        for peer in self._peers:
            if way := peer.direct():
                self._direct.append(way)
                self._direct_peers.append(peer)
            else:
                self._others.append(peer)
