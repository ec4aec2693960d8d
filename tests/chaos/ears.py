"""A listener writes down what it is given."""

import time

from dragoman.client.connection import SpeechPart
from dragoman.client.errors import ClientError
from dragoman.client.listener import Heard as Told
from dragoman.client.listener import Listener, Missed
from schemas.socket import Caption, SessionEnded
from tests.chaos.notes import Broke, Ended, Final, Gap, Heard, Note, Spoken


async def listen(listener: Listener, heard: Heard) -> None:
    """Writes down everything, until the session has ended or there is no coming back."""
    try:
        async for told in listener.messages():
            if note := noted(told, time.time()):
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
        case Caption(final=True):
            return Final(told.segment, _until(told), told.text, told.outcome, at)
        case SpeechPart(header=header):
            return Spoken(header.segment, header.part, header.last, header.outcome, at)
        case Missed():
            return Gap(told.product, at)
        case SessionEnded():
            return Ended(at)
    return None


def _until(final: Caption) -> int:
    """A revision counts the samples; of one that came in the place of another, its id has what that one counted."""
    if final.revised is True and isinstance(final.id, str):
        return final.segment + int(final.id.rpartition("-")[2])
    return final.segment + final.revision
