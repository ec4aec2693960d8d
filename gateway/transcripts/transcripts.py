"""What was said in a session as a file, made once for all who ask at the same time."""

import asyncio
from time import monotonic

from dragoman.transcripts.formats import FileFormat, Transcribed, written
from dragoman.transcripts.said import FLOOR, Finals
from dragoman.transcripts.timing import Timing
from gateway.channels.offers import chosen
from gateway.tasks import ended
from gateway.transcripts.archive import SessionReader
from schemas.messages import Session
from schemas.notice import NOTICE

KEPT_S = 5.0
"""A hall that asks at once, at the end of a talk, costs one reading."""
MOST_KEPT = 8
MOST_FILES = 50
"""Of one reading: who asks for the same text with ever other times gets each made anew."""
AS_SPOKEN = Timing()

_Asked = tuple[str, FileFormat, Timing, bool]


class _Copy:
    """What was read of a session, and the files made of it."""

    def __init__(self, session: Session, finals: Finals, notice: str) -> None:
        self._session, self._finals, self._notice = session, finals, notice
        self._files: dict[_Asked, asyncio.Task[bytes]] = {}

    def language(self, wanted: str, languages: frozenset[str]) -> str:
        """The language that serves `wanted`. Raises RefusedError."""
        floor = Transcribed.of(self._session, self._finals).language
        there = {*languages, *self._finals.languages} - {floor}
        return chosen(wanted or floor, [floor, *sorted(there)])

    async def file(self, *asked: *_Asked) -> bytes:
        """The file, made beside the loop; `FLOOR`: of what was spoken, in whichever language."""
        made = self._files.get(asked)
        if made is None:
            while len(self._files) >= MOST_FILES:
                del self._files[next(iter(self._files))]
            made = self._files[asked] = asyncio.create_task(asyncio.to_thread(self._written, *asked))
        return await asyncio.shield(made)

    def _written(self, language: str, form: FileFormat, timing: Timing, marks: bool) -> bytes:
        said = Transcribed.of(self._session, self._finals, language, timing=timing, marks=marks, notice=self._notice)
        return written(said, form)


class Transcripts:
    """Reads a session once at a time, and not again for some seconds."""

    def __init__(self, archive: SessionReader, notice: str = NOTICE) -> None:
        """`notice` stands in the files."""
        self._archive, self._notice = archive, notice
        self._kept: dict[str, tuple[float, asyncio.Task[_Copy]]] = {}

    async def file(
        self,
        session: Session,
        languages: frozenset[str],
        wanted: str,
        form: FileFormat,
        timing: Timing = AS_SPOKEN,
        marks: bool = True,
    ) -> tuple[str, bytes]:
        """The language that serves `wanted` (empty: the floor) and the file; `languages`: what the session is known
        to have. Raises RefusedError."""
        copy = await asyncio.shield(self._copy(session, languages))
        language = copy.language(wanted, languages)
        return language, await copy.file(language if wanted else FLOOR, form, timing, marks)

    async def stop(self) -> None:
        """Ends what is under way."""
        await ended([task for _, task in self._kept.values()])

    def _copy(self, session: Session, languages: frozenset[str]) -> "asyncio.Task[_Copy]":
        now = monotonic()
        for session_id, (until, task) in list(self._kept.items()):
            if task.done() and now >= until:
                del self._kept[session_id]
        kept = self._kept.get(session.session_id)
        if kept:
            return kept[1]
        while len(self._kept) >= MOST_KEPT and (oldest := self._oldest()):
            del self._kept[oldest]
        task = asyncio.create_task(self._read(session, languages))
        task.add_done_callback(_noted)
        self._kept[session.session_id] = now, task  # a failure is kept no longer than this
        return task

    def _oldest(self) -> str | None:
        return next((session_id for session_id, (_, task) in self._kept.items() if task.done()), None)

    async def _read(self, session: Session, languages: frozenset[str]) -> _Copy:
        copy = _Copy(session, await self._archive.read(session, languages), self._notice)
        self._kept[session.session_id] = monotonic() + KEPT_S, self._kept[session.session_id][1]
        return copy


def _noted(task: "asyncio.Task[_Copy]") -> None:
    """Takes note of the error: whoever asked was told it, or is gone."""
    if not task.cancelled():
        task.exception()
