"""What the broadcast workers do with a channel: the same contract, for tests."""

import json
from typing import Any

from redis.asyncio import Redis

from schemas.channels import code_key, framed, revisions_key


class Publisher:
    """Appends to a channel's history and publishes; `quietly` is a publication that pub/sub dropped."""

    def __init__(self, redis: Redis, channel: str) -> None:
        self._redis, self._channel = redis, channel
        self.last = self.last_revision = ""

    async def final(self, segment: int, payload: bytes, *, number: int = 1, quietly: bool = False) -> str:
        """One publication of the history; its id."""
        previous, self.last = self.last, f"{segment}-{number}"
        await self._redis.xadd(self._channel, {"p": payload, "at": "0"}, id=self.last)
        if not quietly:
            await self._redis.publish(self._channel, f"{self.last}\n{previous}\n".encode() + payload)
        return self.last

    async def revised(self, offset: int, payload: bytes, *, translations: int = 1, quietly: bool = False) -> str:
        """One of the revisions, which go as far as `offset` in one topic and `translations` in the other; its id."""
        previous, self.last_revision = self.last_revision, f"{offset}-{translations}"
        await self._redis.xadd(revisions_key(self._channel), {"p": payload}, id=self.last_revision)
        if not quietly:
            said = f"\n\nrevised\n{self.last_revision}\n{previous}\n".encode() + payload
            await self._redis.publish(self._channel, said)
        return self.last_revision

    async def partial(self, payload: bytes) -> None:
        """One publication beside the history."""
        await self._redis.publish(self._channel, b"\n\n" + payload)


def caption(
    segment: int, text: str, *, language: str = "es", final: bool = True, revision: int = 1, **members: Any
) -> bytes:
    """A caption as the workers write it."""
    return _json("caption", segment, language, revision=revision, final=final, text=text, stableChars=0, **members)


def speech(segment: int, audio: bytes, *, language: str = "es", part: int = 0, last: bool = True) -> bytes:
    """Speech as the workers write it."""
    header = _json(
        "translatedAudio", segment, language, part=part, last=last, format="ogg-opus", sampleRate=48_000, durationMs=20
    )
    return framed(header, audio)


def ended(code: str) -> bytes:
    """The end of a channel."""
    return json.dumps({"type": "sessionEnded", "sessionId": code}).encode()


def _json(kind: str, segment: int, language: str, **members: Any) -> bytes:
    common = {"startMs": 0, "endMs": 1, "spokenAt": 1, "outcome": "ok", "reason": ""}
    return json.dumps({"type": kind, "segment": segment, "language": language} | common | members).encode()


async def session_id_of(redis: Redis, code: str) -> str:
    """The session behind a code."""
    return (await redis.get(code_key(code))).decode()
