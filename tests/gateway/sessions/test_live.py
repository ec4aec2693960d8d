"""How a session stands, as its sockets here are told."""

from msgspec.structs import replace

from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Standing
from schemas.messages import Session

SESSION = Session(
    session_id="calm-otter-421-t", code="calm-otter-421", source_language="en", partition=0, created_at=1, updated_at=1
)


class Redis:
    """Sessions: how the one stands there."""

    def __init__(self) -> None:
        self.session = SESSION

    async def standing(self, session_id: str) -> Standing:
        return Standing(self.session, 0, "here")


async def test_who_changes_something_else_with_an_older_copy_shows_nothing_that_was_hidden() -> None:
    redis = Redis()
    live = LiveSession(
        Standing(SESSION, 0, "here"),
        sessions=redis, subscriptions=None, offers=None, tasks=None, demand=lambda live: None,  # type: ignore[arg-type]
    )  # fmt: skip
    redis.session = replace(SESSION, hidden=True)
    await live.refresh()
    assert live.session.hidden
    live.follow(replace(SESSION, state="muted"), away=False)  # a resume that took its time
    assert (live.session.hidden, live.shown) == (True, "muted")
    redis.session = replace(SESSION, state="muted", hidden=False)
    await live.refresh()
    assert not live.session.hidden
