"""How a session is: the answer to getSessionStatus, and what a guest may know."""

from typing import Any

from gateway.sessions.live import LiveSession
from gateway.sessions.quality import read_quality
from gateway.sessions.troubles import read_troubles
from schemas.audio import to_ms
from schemas.channels import lag_key
from schemas.socket import LagMs, SessionStatus


async def session_status(redis: Any, live: LiveSession, *, of_speaker: bool = False) -> SessionStatus:
    """The status of a session that has a socket here; `of_speaker`: who asks is told of engines. Raises RedisError."""
    await live.refresh()
    audience = await live.demand.audience()
    lag = await redis.hgetall(lag_key(live.session.session_id))
    stages = {name.decode(): int(float(ms)) for name, ms in lag.items() if name.decode() in LagMs.__struct_fields__}
    floor = live.session.source_language
    troubles = await read_troubles(redis, floor, set(audience.by_language)) if of_speaker else []
    return SessionStatus(
        session_id=live.code,
        state=live.shown,
        speaker_connected=not live.away and live.session.state != "ended",
        paused=live.session.state == "paused",
        muted=live.session.muted,
        listeners=audience.listeners,
        by_language=audience.by_language,
        wished=audience.wished,
        duration_ms=to_ms(live.extent.received),
        audio_quality=await read_quality(redis, live),
        lag_ms=LagMs(**stages),
        source_language=floor,
        detected=live.session.detected,
        troubles=troubles,
    )
