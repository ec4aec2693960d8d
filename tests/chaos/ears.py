"""A listener writes down what it is given."""

import asyncio
import time
from contextlib import suppress

from dragoman.client.connection import SpeechPart
from dragoman.client.errors import ClientError
from dragoman.client.listener import Listener, Missed
from dragoman.client.listener import ListenerEvent as Told
from schemas.socket import Caption, JoinSession, SessionEnded
from tests.chaos.holes import unfilled
from tests.chaos.notes import Broke, Ended, Fill, Final, Gap, Heard, Note, Spoken
from tests.chaos.reader import Reader

AGAIN_S = 1.0
ONE_LOOK_S = 10.0
MOST_HISTORY = 200


async def listen(listener: Listener | Reader, heard: Heard) -> None:
    """Writes down everything, until the session has ended or there is no coming back."""
    try:
        async for told in listener.messages():
            at = time.time()
            if fill := filled(told, at):
                heard.fills.append(fill)
            if note := noted(told, at):
                heard.notes.append(note)
        if not heard.notes or not isinstance(heard.notes[-1], Ended):  # it came back when all was over
            heard.notes.append(Ended(time.time()))
    except ClientError as error:
        heard.notes.append(Broke(f"{type(error).__name__}: {error}", time.time()))


def noted(told: Told, at: float) -> Note | None:
    """What is written down of something that a listener was given."""
    match told:
        case Caption(final=True, revised=True) if told.id == told.previous:
            return None  # it stands for a final that was given before, or for a part of one
        case Caption(final=True, revised=True):
            return Final(told.segment, _until(told), "", "skipped", at, "replaced")
        case Caption(final=True):
            said = told.source_language if isinstance(told.source_language, str) else ""
            return Final(told.segment, _until(told), told.text, told.outcome, at, told.reason, said)
        case SpeechPart(header=header):
            return Spoken(header.segment, header.part, header.last, header.outcome, at)
        case Missed():
            return Gap(told.product, at)
        case SessionEnded():
            return Ended(at)
    return None


def filled(told: Told, at: float) -> Fill | None:
    """What is written down of a final that came late; also of one that came in the place of the one of then."""
    if isinstance(told, Caption) and told.final and told.revised is True:
        until = told.until if isinstance(told.until, int) else 0
        return Fill(told.segment, told.revision, told.text, told.outcome, told.reason, at, until)
    return None


async def look_again(door: str, heard: Heard, patience_s: float) -> None:
    """Reads what stands there now, over and over, until every hole that must be filled is, or it took too long."""
    joining = JoinSession(session_id=heard.session, target_language=heard.language, audio=False, history=MOST_HISTORY)
    give_up = time.monotonic() + patience_s
    while unfilled(heard) and time.monotonic() < give_up:
        await asyncio.sleep(AGAIN_S)
        with suppress(ClientError, TimeoutError):
            async with asyncio.timeout(ONE_LOOK_S), Listener(door, joining, patience_s=patience_s) as listener:
                async for told in listener.messages():
                    if fill := filled(told, time.time()):
                        heard.fills.append(fill)


def _until(final: Caption) -> int:
    """A revision counts the samples; of one that came in the place of another, its id has what that one counted."""
    if final.revised is True and isinstance(final.id, str):
        return final.segment + int(final.id.rpartition("-")[2])
    return final.segment + final.revision
