"""What hostile clients send: made from a seed, so that a finding can be had again."""

import base64
import json
import random
import struct
from typing import Any

from schemas.socket import MAX_CLIENT_MESSAGE

TRAPS: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**53,
    2**63,
    -(2**63) - 1,
    2**64,
    1e308,
    0.5,
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u2066evil",
    "e" + "\u0301" * 500,
    "\U0001f4a9" * 40,
    "\ufeff\ufffe\uffff",
    "../../etc/passwd",
    "'; DROP TABLE sessions; --",
    "%s%n{0}${jndi:x}",
    "a\r\nX-Evil: 1",
    "en-" + "x" * 3000,
    "es_MX;q=1",
    "*",
    "constructor",
    "x" * 60_000,
    [],
    {},
    [[[[]]]],
    {"a": {"b": {"c": None}}},
    ["x"] * 3000,
    {str(n): {"es": "x"} for n in range(800)},
    "99999999999999-99999999999999",
    "0-0",
    "$",
)
RAW = ("1e400", "-1e400", "NaN", "Infinity", "1" * 5000, "[" * 3000, '{"a":' * 3000, "0x10", "01", '"\\u12"', "")
FRAMES = (
    bytes((0xFF, 0x80, 1, 2, 3, 4)),  # all reserved bits and an opcode that is none
    bytes((0x81, 0x05)) + b"hello",  # not masked
    bytes((0x09, 0x80, 1, 2, 3, 4)),  # a ping in pieces
    bytes((0x89, 0xFE, 0xFF, 0xFF)),  # a ping longer than a ping may be
    bytes((0x81, 0xFF)) + b"\xff" * 8,  # longer than anything
    bytes((0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28)),  # not UTF-8
    bytes((0x80, 0x81, 0, 0, 0, 0, 0x41)),  # the end of what did not begin
    bytes((0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED)),  # closes with a code that nobody may send
    bytes((0x88, 0x81, 0, 0, 0, 0, 0x03)),  # half a code
)


class Hostile:
    """One client's ideas."""

    def __init__(self, seed: int, other_code: str) -> None:
        self._random = random.Random(seed)
        self._other_code = other_code
        self.code = "calm-otter-100"
        """Of its own session, once it has one."""
        self.token = "a.b"

    def message(self) -> str | bytes:
        """The next one: text or binary."""
        draw = self._random.choices(range(6), (30, 25, 15, 10, 15, 5))[0]
        if draw == 0:
            return _encoded(self._action())
        if draw == 1:
            return _encoded(self._trapped(self._action()))
        if draw == 2:
            return self._broken(_encoded(self._action()))
        if draw == 3:
            return self._raw(_encoded(self._action()))
        return self._binary() if draw == 4 else self._noise()

    def frame(self) -> bytes:
        """Bytes that are no frame."""
        return self._random.choice((*FRAMES, self._random.randbytes(self._random.randrange(1, 40))))

    def _action(self) -> dict[str, Any]:
        pick = self._random.choice
        code = pick((self.code, self.code, self._other_code, "calm-otter-100", self.code.upper().replace("-", " ")))
        language, now = pick(("es", "en", "ca-ES", "ja", "xx")), self._random.randrange(2**41)
        audio = base64.b64encode(self._random.randbytes(self._random.choice((2, 320, 3200, 3201)))).decode()
        action: dict[str, Any] = pick(
            (
                {
                    "action": "createSession",
                    "sourceLanguage": pick(("en", "en", "xx")),
                    "title": "evil",
                    "clientTime": now,
                },
                {"action": "resumeSession", "sessionId": code, "speakerToken": pick((self.token, "a.b", ""))},
                {"action": "joinSession", "sessionId": code, "targetLanguage": language, "pin": "0000"},
                {"action": "joinSession", "sessionId": code, "targetLanguage": "es", "resume": {"captions": "1-1"}},
                {"action": "sendAudio", "sessionId": code, "audioData": audio, "timestamp": now},
                {
                    "action": "audioChunk",
                    "sessionId": code,
                    "audioData": audio,
                    "timestamp": now,
                    "position": now % 9000,
                },
                {"action": "controlBroadcast", "sessionId": code, "controlAction": pick(("pause", "resume", "mute"))},
                {"action": "endSession", "sessionId": code},
                {
                    "action": "changeLanguage",
                    "sessionId": code,
                    "targetLanguage": language,
                    "audio": pick((True, False)),
                },
                {"action": "setPlayback", "sessionId": code, "paused": pick((True, False))},
                {"action": "getSessionStatus", "sessionId": code},
                {"action": "heartbeat", "clientTime": now},
            )
        )
        return action | {"requestId": self._random.randrange(1000)}

    def _trapped(self, action: dict[str, Any]) -> dict[str, Any]:
        """With a value of the wrong kind or size, a member too many or too few."""
        name = self._random.choice((*action, "requestId", "resume", "formats", "glossary", "token", "history", "extra"))
        if self._random.random() < 0.2:
            action.pop(name, None)
        else:
            action[name] = self._random.choice(TRAPS)
        return action

    def _broken(self, text: str) -> str:
        """Cut, doubled, or with other characters in it."""
        at, draw = self._random.randrange(len(text)), self._random.randrange(3)
        if draw == 0:
            return text[:at]
        if draw == 1:
            return text[:at] + text[self._random.randrange(len(text)) :]
        return text[:at] + self._random.choice('\x00\x1f\x7f\u2028\\"{}[]:,é') + text[at + 1 :]

    def _raw(self, text: str) -> str:
        """With a number or a depth that no encoder writes."""
        name, raw = json.dumps(self._random.choice(("clientTime", "position", "requestId", "extra"))), RAW
        return f"{text[:-1]}, {name}: {self._random.choice(raw)}}}"[: MAX_CLIENT_MESSAGE // 4]

    def _binary(self) -> bytes:
        size = self._random.choice((0, 1, 15, 16, 17, 18, 336, 3216, 32_016, 32_018, 65_536))
        position = self._random.choice((0, 1600, 2**40, 2**64 - 1))
        return (struct.pack(">QQ", position, self._random.getrandbits(64)) + self._random.randbytes(size))[:size]

    def _noise(self) -> str | bytes:
        noise = self._random.randbytes(self._random.randrange(200))
        return noise.decode("latin-1") if self._random.random() < 0.8 else noise


def _encoded(action: dict[str, Any]) -> str:
    return json.dumps(action)[:MAX_CLIENT_MESSAGE]
