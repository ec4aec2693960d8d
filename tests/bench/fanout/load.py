"""Many listeners in one process who only read: `python load.py PORT LISTENERS SUBPROTOCOL JOIN`.

Each sends the action JOIN (JSON; empty: none, and no answer is awaited). Prints `ready` when all are in, and then, for
each line that it reads, how many bytes all of them have got since.
"""

import os
import select
import socket
import struct
import sys
import time

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"
)
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What RFC 6455 section 1.3 says to that key."""


PONG, PONG_S = bytes((0x8A, 0x80, 0, 0, 0, 0)), 20.0
"""A sign of life: the gateway resets who gives none for 60 s."""
REST_S = 0.005
"""Real listeners are elsewhere: were this process woken for every frame, each server would pay for that as it sends."""


def join(port: int, protocol: str, action: bytes) -> socket.socket:
    """One listener, who got everything up to the answer."""
    sock = socket.create_connection(("127.0.0.1", port))
    offered = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    sock.sendall(HANDSHAKE.format(port=port, protocol=offered).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(4096)
    assert ACCEPT in answer, answer
    assert not protocol or protocol.encode() in answer, answer
    if action:
        sock.sendall(struct.pack(">BBHI", 0x81, 0x80 | 126, len(action), 0) + action)  # masked with zeros
        assert b"sessionJoined" in sock.recv(65536)
    sock.setblocking(False)
    return sock


def main(port: int, count: int, protocol: str, action: str) -> None:
    """Reads until the standard input ends."""
    sockets = [join(port, protocol, action.encode()) for _ in range(count)]
    poll = select.epoll()
    by_fd = {sock.fileno(): sock.recv_into for sock in sockets}
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    poll.register(0, select.EPOLLIN)
    os.write(1, b"ready\n")
    buffer, got, pong_at = memoryview(bytearray(1 << 16)), 0, time.monotonic() + PONG_S
    while True:
        time.sleep(REST_S)
        if time.monotonic() > pong_at:
            pong_at += PONG_S
            for sock in sockets:
                sock.send(PONG)
        for fd, _ in poll.poll(PONG_S):
            if fd:
                length = by_fd[fd](buffer)
                got += length
                if not length:  # the server is gone
                    poll.unregister(fd)
            elif os.read(0, 4096):
                os.write(1, b"%d\n" % got)
            else:
                return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
