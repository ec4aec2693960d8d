"""The listener's side of a session: captions and speech in order, and what was missed, across lost sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec

from dragoman.client.connection import Connection, Incoming, SpeechPart
from dragoman.client.credential import Credential
from dragoman.client.errors import RequestRefused, SocketClosed, StateError
from dragoman.client.link import PATIENCE_S, Gateways, Link, OnChange, quiet
from dragoman.client.order import CaptionOrder, IdChain
from schemas.channels import Product
from schemas.close_codes import CloseCode
from schemas.socket import (
    Action,
    Caption,
    ChangeLanguage,
    GetSessionStatus,
    JoinSession,
    LanguageChanged,
    LeaveSession,
    PlaybackChanged,
    Resume,
    SessionEnded,
    SessionJoined,
    SessionStatus,
    SetPlayback,
    Subscription,
)


@dataclass(frozen=True)
class Missed:
    """Something of a channel is lost for this listener: a `previous` never arrived, or a resume came too late."""

    product: Product
    language: str


ListenerEvent = Incoming | Missed


class Listener:
    """Listens to one session. `async with` joins it; iterate `messages`.

    Captions come newest-wins (nothing older than what was yielded), speech as SpeechPart in the order in which it is to
    be played; a `revised` caption replaces one of the past or stands between two. A lost socket is opened again and
    resumed from the ids that were seen last.
    """

    def __init__(
        self,
        url: Gateways,
        joining: JoinSession,
        *,
        credential: Credential = "",
        binary: bool = True,
        patience_s: float = PATIENCE_S,
        on_change: OnChange = quiet,
    ) -> None:
        self._joining = joining
        self._link = Link(url, credential=credential, binary=binary, patience_s=patience_s, on_change=on_change)
        self._connection: Connection | None = None
        self._order = CaptionOrder()
        self._chains: dict[Product, IdChain] = {"captions": IdChain(), "speech": IdChain()}
        self._revision = ""
        self.joined: SessionJoined | None = None
        """The answer to the last join."""

    @classmethod
    def join(cls, url: Gateways, code: str, language: str, **how: Any) -> "Listener":
        """A listener of `language` with the defaults of the protocol; `how` are members of JoinSession."""
        return cls(url, JoinSession(session_id=code, target_language=language, **how))

    async def __aenter__(self) -> "Listener":
        """Raises GatewayUnreachable, RequestRefused, SocketClosed."""
        self._connection, answer = await self._link.open(self._joining)
        self._began(answer)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def reconnects(self) -> int:
        """How often the socket was lost and found again."""
        return self._link.reconnects

    async def messages(self) -> AsyncIterator[ListenerEvent]:
        """Everything that comes, until the session has ended. Raises ClientError when there is no coming back."""
        while (connection := self._connection) is not None:
            try:
                async for message in connection.messages():
                    for heard in self._take(message):
                        yield heard
                    if isinstance(message, SessionEnded):
                        return
            except SocketClosed as closed:
                code = closed.code
            await connection.close()
            if code == CloseCode.SESSION_ENDED or self._connection is None:
                return
            for missed in await self._return(code):
                yield missed

    async def change_language(self, language: str, *, audio: bool | None = None) -> LanguageChanged:
        """Reads and hears `language` from now on, while someone iterates `messages`. Raises RequestRefused."""
        code = self._joining.session_id
        changed = ChangeLanguage(session_id=code, target_language=language, caption_language=language, audio=audio)
        answer: LanguageChanged = await self._ask(changed)
        speech = self._joining.audio if audio is None else audio
        self._joining = msgspec.structs.replace(
            self._joining, target_language=language, caption_language=language, audio=speech
        )
        return answer

    async def set_playback(self, *, paused: bool) -> PlaybackChanged:
        """Tells the gateway whether the player stands still."""
        answer: PlaybackChanged = await self._ask(SetPlayback(session_id=self._joining.session_id, paused=paused))
        return answer

    async def status(self) -> SessionStatus:
        """How the session is."""
        answer: SessionStatus = await self._ask(GetSessionStatus(session_id=self._joining.session_id))
        return answer

    def cut(self) -> None:
        """Loses the network; it comes back by itself, while someone iterates `messages`."""
        if self._connection is not None:
            self._connection.cut()

    async def close(self) -> None:
        """Leaves for good: the gateway need make nothing more for this listener."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.say(LeaveSession(session_id=self._joining.session_id))
            except SocketClosed:
                pass  # there is no socket any more: after a while it is taken for gone
            finally:
                await connection.close()

    async def _ask(self, action: Action) -> Any:
        if self._connection is None:
            raise StateError("the listener has not joined")
        return await self._connection.request(action)

    async def _return(self, code: int) -> list[Missed]:
        """Joins again; what was missed in between, if anything."""
        try:
            self._connection, answer = await self._link.reopen(self._rejoining, code)
        except RequestRefused as refused:
            # It was there: by now it has ended, and may already be forgotten.
            if refused.code not in ("session-ended", "session-not-found"):
                raise
            self._connection = None
            return []
        subscribed: list[tuple[Product, Subscription | None]] = [
            ("captions", answer.captions),
            ("speech", answer.speech),
        ]
        missed = [
            Missed(product, subscription.language)
            for product, subscription in subscribed
            if subscription is not None and not subscription.recovered and self._lacks(product, subscription)
        ]
        for gap in missed:
            self._chains[gap.product] = IdChain()
        self._began(answer)
        return missed

    def _lacks(self, product: Product, now: Subscription) -> bool:
        """Something was seen that the gateway no longer knows; or nothing was, and by now there is something."""
        follows = product == "captions" and self._joining.history > 0
        return bool(self._chains[product].seen or (now.id and not follows))

    def _rejoining(self) -> Action:
        seen = {product: chain.seen for product, chain in self._chains.items()}
        resume = Resume(
            captions=seen["captions"],
            speech=seen["speech"],
            revisions=self._revision,
            listener=self.joined.listener if self.joined else "",
        )
        return msgspec.structs.replace(self._joining, resume=resume)

    def _began(self, answer: SessionJoined) -> None:
        self.joined = answer
        self._start(answer, history=self._joining.history > 0)

    def _start(self, answer: SessionJoined | LanguageChanged, *, history: bool) -> None:
        if answer.captions is not None and not answer.captions.recovered:
            self._chains["captions"].start(answer.captions.id, history=history)
            self._revision = answer.captions.revisions
        if answer.speech is not None and not answer.speech.recovered:
            self._chains["speech"].start(answer.speech.id, history=history)

    def _take(self, message: Incoming) -> list[ListenerEvent]:
        """What of `message` is new, behind a notice of what was missed before it."""
        if isinstance(message, Caption):
            gaps = self._follow("captions", message)
            if isinstance(message.revision_id, str) and message.id == message.previous:
                self._revision = message.revision_id  # else it stands for an entry, wherever it is among the revisions
            return [*gaps, message] if self._order.accept(message) else gaps
        if isinstance(message, SpeechPart):
            known = isinstance(message.header.id, str) and self._chains["speech"].knows(message.header.id)
            return [] if known else [*self._follow("speech", message.header), message]
        if isinstance(message, LanguageChanged):
            self._go_over(message)
        return [message]

    def _go_over(self, changed: LanguageChanged) -> None:
        """A channel that stays is `recovered`; what is known of another one means nothing any more."""
        if changed.captions is None or not changed.captions.recovered:
            self._order, self._chains["captions"] = CaptionOrder(), IdChain()
        if changed.speech is None or not changed.speech.recovered:
            self._chains["speech"] = IdChain()
        self._start(changed, history=True)

    def _follow(self, product: Product, entry: Any) -> list[ListenerEvent]:
        if not isinstance(entry.id, str):
            return []
        unbroken = self._chains[product].follow(entry.id, entry.previous or "")
        return [] if unbroken else [Missed(product, entry.language)]
