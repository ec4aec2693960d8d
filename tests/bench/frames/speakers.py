"""Many speakers in one process: `python speakers.py PORT SPEAKERS FRAME_MS`.

Each opens a session, is acknowledged one frame, prints `ready` when all are in, and then speaks: in real time, out of
step, in frames of FRAME_MS. For each line that it reads it prints how many frames were sent and how many of them were
acknowledged since the last one, and the median of ms from sending a frame to the acknowledgement that covered it.
"""

import heapq
import json
import os
import select
import socket
import struct
import sys
import time
from collections import deque
from statistics import median

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: dragoman.v1\r\n\r\n"
)
SAMPLES_PER_MS = 16
KEY = 0x5A17C3E9
"""Frames of clients are masked, and the server must unmask them."""


class Speaker:
    """One socket, and what it sent that is not acknowledged."""

    def __init__(self, port: int, frame_ms: int) -> None:
        self._samples = frame_ms * SAMPLES_PER_MS
        self.position = 0
        self.waiting: deque[tuple[int, float]] = deque()
        """Position after each frame, and when it was sent."""
        self._received = b""
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(HANDSHAKE.format(port=port).encode())
        while b"\r\n\r\n" not in self._received:
            self._received += self.sock.recv(4096)
        self._received = self._received.partition(b"\r\n\r\n")[2]
        action = json.dumps({"action": "createSession", "sourceLanguage": "en"}).encode()
        self.sock.sendall(struct.pack(">BBI", 0x81, 0x80 | len(action), 0) + action)
        while not any(message.get("type") == "sessionCreated" for message in self.messages()):
            pass
        self._pcm = bytes(self._samples * 2)

    def speak(self, now: float) -> None:
        """Sends the next frame."""
        payload = struct.pack(">QQ", self.position, round(time.time() * 1000)) + self._pcm
        key = struct.pack(">I", KEY) * (len(payload) // 4 + 1)
        length = len(payload)
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key[:length], "big")).to_bytes(length, "big")
        self.sock.sendall(struct.pack(">BBHI", 0x82, 0x80 | 126, length, KEY) + masked)
        self.position += self._samples
        self.waiting.append((self.position, now))

    def messages(self) -> list[dict[str, object]]:
        """What has come; waits for something."""
        received = self.sock.recv(65536)
        assert received, "the server closed the socket"
        self._received += received
        found = []
        while len(self._received) >= 4:
            length, head = self._received[1], 2
            if length == 126:
                length, head = struct.unpack_from(">H", self._received, 2)[0], 4
            if len(self._received) < head + length:
                break
            if self._received[0] == 0x81:
                found.append(json.loads(self._received[head : head + length]))
            self._received = self._received[head + length :]
        return found

    def read(self, now: float) -> list[float]:
        """How long each frame took, in ms, that has been acknowledged now."""
        took = []
        for message in self.messages():
            assert message["type"] != "error", message
            if message["type"] == "audioAccepted":
                while self.waiting and self.waiting[0][0] <= int(str(message["position"])):
                    took.append((now - self.waiting.popleft()[1]) * 1000)
        return took


def main(port: int, count: int, frame_ms: int) -> None:
    """Speaks until the standard input ends."""
    speakers = [Speaker(port, frame_ms) for _ in range(count)]
    poll = select.epoll()
    by_fd = {speaker.sock.fileno(): speaker for speaker in speakers}
    for fd in (0, *by_fd):
        poll.register(fd, select.EPOLLIN)
    os.write(1, b"ready\n")
    begun, sent, took = time.monotonic(), 0, list[float]()
    due = [(begun + frame_ms * number / count / 1000, number) for number in range(count)]
    while True:
        now = time.monotonic()
        while due and due[0][0] <= now:
            at, number = heapq.heappop(due)
            speakers[number].speak(now)
            sent += 1
            heapq.heappush(due, (at + frame_ms / 1000, number))
        for fd, _ in poll.poll(max(0.0, due[0][0] - time.monotonic()) if due else None):
            if fd:
                took += by_fd[fd].read(time.monotonic())
            elif os.read(0, 4096):
                os.write(1, b"%d %d %.1f\n" % (sent, len(took), median(took) if took else 0.0))
                sent, took = 0, []
            else:
                return


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
