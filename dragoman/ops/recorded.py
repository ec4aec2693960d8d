"""A session as one file: its settings and all its records that this version can read, compressed; read back anywhere,
without a Kafka.

A gzip stream of MessagePack objects, each behind its length (u32, big endian): first a SessionHead, then a KeptRecord
for each record, topic by topic, in the order of the log.
"""

import gzip
import struct
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import Message, Session
from workers.stage import Record

TOPICS: Final = ("audio", "transcripts", "translations", "speech", "usage")
FORMAT: Final = "dragoman session 1"
MOST: Final = 16 * 1024 * 1024
"""Bytes of an object: what says more is no such file."""
_LENGTH: Final = struct.Struct(">I")


T = TypeVar("T")


class SessionHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the file."""

    format: str
    """`dragoman session 1`."""
    version: str
    """Of the Dragoman that wrote it."""
    session: Session
    """Without its PIN and its owner."""


class KeptRecord(msgspec.Struct, frozen=True, array_like=True):
    """A record of the log, as this version understood it: what a newer one added to its message is not in it."""

    topic: str
    offset: int
    written_at: int
    """Unix ms."""
    headers: list[tuple[str, bytes]]
    value: bytes


class RecordedSession:
    """A file that was recorded. Raises DragomanError for one that is none, or is cut."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as file:
            head = _decode(path, next(_objects(path, file), b""), SessionHead)
        if head.format != FORMAT:
            raise DragomanError(f"{path} is of a kind that this version cannot read: {head.format}")
        self.session, self.unreadable = head.session, 0

    async def records(self, topic: str) -> AsyncGenerator[Record, None]:
        """Those of one topic, in order."""
        with _opened(self._path) as file:
            objects = _objects(self._path, file)
            next(objects)
            for each in objects:
                kept = _decode(self._path, each, KeptRecord)
                if kept.topic == topic:
                    message = self._message(kept)
                    session = self.session
                    yield Record(topic, session.partition, kept.offset, session.session_id, message, kept.written_at)

    def _message(self, kept: KeptRecord) -> Message:
        try:
            return wire.decode(kept.topic, kept.value, kept.headers)
        except wire.UndecodableError as error:
            raise _no_recording(self._path) from error


async def keep(path: Path, session: Session, version: str, records: AsyncIterator[Record]) -> int:
    """Writes the file, and says of how many records. Half a file never stays. Raises DragomanError."""
    half, count = path.with_name(f"{path.name}.part"), 0
    anonymous = msgspec.structs.replace(session, pin="", owner="")
    try:
        with gzip.GzipFile(half, "wb", mtime=0) as file:
            _write(file, SessionHead(format=FORMAT, version=version, session=anonymous))
            async for record in records:
                value, headers = wire.encode(record.topic, record.message)
                _write(file, KeptRecord(record.topic, record.offset, record.written_at, headers, value))
                count += 1
        half.replace(path)
    except OSError as error:
        raise DragomanError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return count


def _write(file: gzip.GzipFile, each: SessionHead | KeptRecord) -> None:
    written = msgspec.msgpack.encode(each)
    file.write(_LENGTH.pack(len(written)) + written)


def _opened(path: Path) -> gzip.GzipFile:
    try:
        return gzip.GzipFile(path, "rb")
    except OSError as error:
        raise DragomanError(f"{path} cannot be read: {error.strerror}") from error


def _objects(path: Path, file: gzip.GzipFile) -> Iterator[bytes]:
    try:
        while length := file.read(_LENGTH.size):
            if len(length) < _LENGTH.size or (size := _LENGTH.unpack(length)[0]) > MOST:
                raise _no_recording(path)
            each = file.read(size)
            if len(each) < size:
                raise _no_recording(path)
            yield each
    except (OSError, EOFError, zlib.error) as error:  # gzip's own for what is no gzip, is cut, or is damaged
        raise _no_recording(path) from error


def _decode(path: Path, each: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(each, type=kind)
    except msgspec.MsgspecError as error:
        raise _no_recording(path) from error


def _no_recording(path: Path) -> DragomanError:
    return DragomanError(f"{path} is no session that `dragoman record` wrote, or it is cut or damaged")
