"""A session as a file, without a broker."""

import gzip
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from dragoman.ops.recorded import TOPICS, RecordedSession, keep
from dragoman.runtime.errors import DragomanError
from schemas.messages import Audio, Message
from tests.dragoman.ops.test_live import SESSION
from tests.dragoman.ops.test_trace import CALL, SPANISH, SPEECH, TRANSCRIPT
from workers.stage import Record

FRAME = Audio(kind="frame", position=160_000, captured_at=5, language="en", pcm=bytes(range(256)))
SAID: dict[str, Sequence[Message]] = {
    "audio": [FRAME, msgspec.structs.replace(FRAME, kind="end", pcm=b"")],
    "transcripts": [TRANSCRIPT],
    "translations": [SPANISH],
    "speech": [msgspec.structs.replace(SPEECH, audio=b"OggS")],
    "usage": [CALL],
}


async def written() -> AsyncIterator[Record]:
    for topic in TOPICS:
        for offset, message in enumerate(SAID[topic], 7):
            yield Record(topic, SESSION.partition, offset, SESSION.session_id, message, 1_000 + offset)


async def kept(tmp_path: Path) -> Path:
    file = tmp_path / "otter.dragoman"
    assert await keep(file, SESSION, "0.1.0", written()) == 6
    assert os.listdir(tmp_path) == [file.name]
    return file


async def test_what_was_kept_is_read_back_as_it_was_without_pin_and_owner(tmp_path: Path) -> None:
    recorded = RecordedSession(await kept(tmp_path))
    assert recorded.session == msgspec.structs.replace(SESSION, pin="", owner="")
    for topic in TOPICS:
        found = [record async for record in recorded.records(topic)]
        assert [record.message for record in found] == [*SAID[topic]]
        assert (found[0].offset, found[0].written_at) == (7, 1_007)
    assert (found[0].session_id, found[0].partition) == (SESSION.session_id, SESSION.partition)


async def test_a_file_that_is_none_or_is_damaged_is_one_line(tmp_path: Path) -> None:
    whole = (await kept(tmp_path)).read_bytes()
    plain = gzip.decompress(whole)
    for name, content in {
        "empty": b"",
        "text": b"what was said",
        "other": gzip.compress(b"what was said"),
        "damaged": whole[:50] + bytes([whole[50] ^ 255]) + whole[51:],
        "no record": gzip.compress(plain[:-100] + b"\xc1" * 100),
        "huge": gzip.compress(b"\xff\xff\xff\xff"),
    }.items():
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(DragomanError, match=r"is no session that `dragoman record` wrote|cannot be read"):
            [record async for record in RecordedSession(file).records("usage")]
    cut = tmp_path / "cut"
    cut.write_bytes(whole[:-20])
    with pytest.raises(DragomanError, match="cut or damaged"):
        [record async for record in RecordedSession(cut).records("usage")]
    with pytest.raises(DragomanError, match="cannot be read: No such file"):
        RecordedSession(tmp_path / "gone")
    newer = tmp_path / "newer"
    newer.write_bytes(gzip.compress(plain.replace(b"dragoman session 1", b"dragoman session 2")))
    with pytest.raises(DragomanError, match="of a kind that this version cannot read: dragoman session 2"):
        RecordedSession(newer)


async def test_half_a_file_never_stays(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[Record]:
        async for record in written():
            yield record
            raise DragomanError("Kafka went away")

    with pytest.raises(DragomanError, match="went away"):
        await keep(tmp_path / "otter", SESSION, "", broken())
    assert os.listdir(tmp_path) == []
    with pytest.raises(DragomanError, match="cannot be written"):
        await keep(tmp_path / "nowhere" / "otter", SESSION, "", written())
