"""Kafka or Redis go away and come back; listeners stop reading."""

import asyncio
import base64
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from dragoman.kafka.topics import apply_topics
from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.ports import free_ports
from dragoman.local.redis_server import prepare_redis
from dragoman.runtime.reach import kafka_trouble, redis_trouble
from gateway.gateway import Gateway
from gateway.wire.peer import SOFT_LIMIT
from schemas.channels import (
    captions_channel,
    filled_key,
    languages_key,
    session_key,
    speakers_key,
    speech_channel,
)
from schemas.languages import abilities_key
from schemas.messages import Audio
from schemas.topics import TRANSLATIONS, partition_of, topics
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, eventually, joined, pcm, send_audio
from tests.gateway.publisher import Publisher, caption, session_id_of, speech
from tests.gateway.records import records
from tests.refusing_redis import refusing_redis
from tests.servers import running, wait


class Broker:
    """A Kafka of its own that can be stopped and started again with its memory."""

    def __init__(self, folder: Path) -> None:
        port, controller = free_ports(2)
        self.address, self._log = f"127.0.0.1:{port}", folder / "output.log"
        self._argv = prepare_broker(folder, fetch_jars(lambda line: None), port, controller)

    def run(self) -> AbstractContextManager[Any]:
        """Running."""
        return running(self._argv, self._log, lambda: kafka_trouble(self.address))


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    """Not yet running."""
    return Broker(tmp_path)


async def away(gateway: Gateway, missing: str) -> None:
    """Waits until the gateway knows what it misses."""
    while gateway.missing() != missing:  # noqa: ASYNC110  # the state is made of probes
        await asyncio.sleep(0.02)


async def test_kafka_goes_away_and_nothing_that_was_acknowledged_is_lost(
    broker: Broker, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """Beyond the buffer the speaker is told what was not taken, and sends that again."""
    with broker.run():
        await asyncio.to_thread(wait, apply_topics(broker.address, topics(24, 168), 4, 1))
        gateway = await start_gateway(kafka=broker.address, gateway_buffer_s=2)
        client = await connect(gateway)
        code, _ = await created(client)
        await send_audio(client, code, position=0)
        await accepted(client, 1600)
    await away(gateway, "not reachable: kafka")
    sent = 1600
    while sent < 10 * 16_000:
        await send_audio(client, code, 16_000, sent, position=sent)
        sent += 16_000
    error = await client.of_type("error")
    assert (error["code"], error["position"], error["retryable"]) == ("unavailable", 1600 + 2 * 16_000, True)
    assert (await client.ask("heartbeat"))["type"] == "heartbeatAck"
    assert (await (await connect(gateway)).ask("createSession", sourceLanguage="en"))["code"] == "unavailable"
    with broker.run():
        await away(gateway, "")
        await accepted(client, error["position"])
        for position in range(error["position"], sent, 16_000):
            await send_audio(client, code, 16_000, position, position=position)
        await accepted(client, sent)
        found = await records(broker.address, "audio", await session_id_of(redis, code))
        await gateway.stop()
    position = 0
    for message in found:
        assert isinstance(message, Audio)
        assert message.position <= position, "a hole"
        assert message.pcm == pcm(len(message.pcm) // 2, message.position)
        position = max(position, message.until)
    assert position == sent


async def test_a_redis_that_takes_no_writes_is_as_good_as_away(
    tmp_path: Path, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """Nobody is sent home, the speaker is told, and all works again by itself."""
    with refusing_redis(tmp_path) as server:
        own = Redis.from_url(server.url, protocol=2)
        for stage in ("transcribe", "translate", "synthesize"):
            await own.set(abilities_key(stage), await redis.get(abilities_key(stage)) or b"")
        gateway = await start_gateway(redis=server.url, grace_s=1)
        speaker, listener, late = await connect(gateway), await connect(gateway), await connect(gateway)
        code, _ = await created(speaker)
        await joined(listener, code)
        session_id = await session_id_of(own, code)
        await send_audio(speaker, code, position=0)
        await accepted(speaker, 1600)
        server.refuse()
        await away(gateway, "not reachable: redis")
        refusals = [
            await late.ask("createSession", sourceLanguage="en"),
            await late.ask("joinSession", sessionId=code, targetLanguage="es"),
            await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause"),
        ]
        assert [(each["code"], each["retryable"]) for each in refusals] == [("unavailable", True)] * 3
        assert "can keep nothing" in refusals[0]["message"]

        async def beyond_the_grace_time() -> bool:
            assert gateway.parts
            return gateway.parts.life.silent_s > 2

        await eventually(beyond_the_grace_time)  # in which nobody could say that the speaker is here
        await send_audio(speaker, code, first=1600, position=1600)
        assert (await speaker.of_type("error"))["position"] == 1600
        warnings = [message for message in speaker.passed if message["type"] == "warning"]
        assert [warning["code"] for warning in warnings] == ["not-kept"]
        server.take()
        await away(gateway, "")
        await send_audio(speaker, code, first=1600, position=1600)
        await accepted(speaker, 3200)
        await Publisher(own, captions_channel(session_id, "es")).final(0, caption(0, "uno"))
        assert (await listener.of_type("caption"))["text"] == "uno"
        paused = await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause")
        assert paused["type"] == "broadcastPaused"
        await gateway.stop()
        await own.aclose()


async def test_redis_goes_away_and_comes_back(
    tmp_path: Path, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """Audio needs no Redis; what needs it is refused and works again by itself."""
    (port,) = free_ports(1)
    url = f"redis://127.0.0.1:{port}/0"
    own = Redis.from_url(url, protocol=2)
    argv, log = prepare_redis(tmp_path, port), tmp_path / "output.log"
    with running(argv, log, lambda: redis_trouble(url)):
        for stage in ("transcribe", "translate", "synthesize"):
            abilities = await redis.get(f"dragoman:abilities:{stage}")
            await own.set(f"dragoman:abilities:{stage}", abilities)
        gateway = await start_gateway(redis=url)
        speaker, listener, late = await connect(gateway), await connect(gateway), await connect(gateway)
        code, _ = await created(speaker)
        await joined(listener, code)
        spanish = Publisher(own, captions_channel(await session_id_of(own, code), "es"))
        await spanish.final(0, caption(0, "uno"))
        await listener.of_type("caption")
    await away(gateway, "not reachable: redis")
    await send_audio(speaker, code)
    await accepted(speaker, 1600)
    assert (await late.ask("joinSession", sessionId=code, targetLanguage="es"))["code"] == "unavailable"
    control = await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause")
    assert control["code"] == "unavailable"
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/sessions/{code}") as response:
        assert (response.status, (await response.json())["code"]) == (503, "unavailable")
    with running(argv, log, lambda: redis_trouble(url)):
        await away(gateway, "")
        await spanish.final(160, caption(160, "dos"))
        assert (await listener.of_type("caption"))["text"] == "dos"
        assert (await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause"))[
            "type"
        ] == "broadcastPaused"
        await joined(late, code)
        await gateway.stop()
    await own.aclose()


class OwnRedis:
    """A Redis that is stopped and started again: with its memory, without it, or with what it knew earlier."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.url, self._folder = f"redis://127.0.0.1:{port}/0", folder
        self._argv, self._log = prepare_redis(folder, port), folder / "output.log"
        self._written, self._kept = folder / "appendonlydir", folder / "kept"
        self.client = Redis.from_url(self.url, protocol=2)

    @contextmanager
    def run(self) -> Iterator[None]:
        """Running, and killed in the end."""
        with running(self._argv, self._log, lambda: redis_trouble(self.url)):
            yield

    async def say_abilities(self, redis: Redis) -> None:
        """What workers say again and again."""
        for stage in ("transcribe", "translate", "synthesize"):
            await self.client.set(abilities_key(stage), await redis.get(abilities_key(stage)) or b"")

    async def keep(self) -> None:
        """Remembers what it has written by now."""
        shutil.copytree(self._written, self._kept)
        await self.client.aclose()

    async def forget(self) -> None:
        """Its files are gone."""
        await self.client.connection_pool.disconnect()
        shutil.rmtree(self._written)

    async def set_back(self) -> None:
        """It will know again what it knew when it was kept."""
        await self.forget()
        self._kept.rename(self._written)


@pytest_asyncio.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    """Not yet running."""
    own = OwnRedis(tmp_path)
    yield own
    await own.client.aclose()


async def test_redis_forgets_everything_and_the_sessions_go_on(
    own_redis: OwnRedis, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """With a speaker, without one, muted below a pause; and what listeners asked for."""
    with own_redis.run():
        await own_redis.say_abilities(redis)
        gateway, other = await start_gateway(redis=own_redis.url), await start_gateway(redis=own_redis.url)
        speaker, listener, away_now = await connect(gateway), await connect(other), await connect(gateway)
        code, token = await created(speaker, title="A talk")
        await joined(listener, code)
        session_id = await session_id_of(own_redis.client, code)
        await send_audio(speaker, code, position=0)
        away_code, away_token = await created(away_now)
        await send_audio(away_now, away_code, position=0)
        await accepted(away_now, 1600)
        for action in ("mute", "pause"):
            await away_now.ask("controlBroadcast", sessionId=away_code, controlAction=action)
        await away_now.socket.close()
    await own_redis.forget()
    await away(gateway, "not reachable: redis")
    await send_audio(speaker, code, first=1600, position=1600)
    await accepted(speaker, 3200)
    with own_redis.run():
        await own_redis.say_abilities(redis)
        late = await connect(other)
        assert (await patiently(late, "joinSession", sessionId=code, targetLanguage="es"))["title"] == "A talk"
        await eventually(lambda: own_redis.client.sismember(languages_key(session_id), "es"))
        back = await connect(other)
        answer = await resumed(back, away_code, away_token)
        assert (answer["position"], answer["state"]) == (1600, "paused")
        status = await back.ask("getSessionStatus", sessionId=away_code)
        assert (status["paused"], status["muted"]) == (True, True)
        elsewhere = await connect(other)
        assert (await resumed(elsewhere, code, token))["position"] == 3200
        assert await speaker.closed() == 4009
        assert await own_redis.client.zscore(speakers_key(), session_id)


async def test_redis_is_set_back_and_what_happened_since_still_holds(
    own_redis: OwnRedis, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """What ended has ended, and what was resumed keeps its newer speaker."""
    with own_redis.run():
        await own_redis.say_abilities(redis)
        gateway, gone = await start_gateway(redis=own_redis.url), await start_gateway(redis=own_redis.url)
        speaker, ending = await connect(gateway), await connect(gone)
        code, token = await created(speaker)
        over, over_token = await created(ending)
        await own_redis.keep()
        speaker = await connect(gateway)
        await resumed(speaker, code, token)
        await send_audio(speaker, code, position=0)
        await accepted(speaker, 1600)
        assert (await ending.ask("endSession", sessionId=over))["type"] == "sessionEnded"
        await gone.stop()
    await own_redis.set_back()
    with own_redis.run():
        await away(gateway, "")
        await send_audio(speaker, code, first=1600, position=1600)
        await accepted(speaker, 3200)
        answer = await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause")
        assert answer["type"] == "broadcastPaused"
        again = await connect(gateway)
        assert (await again.ask("resumeSession", sessionId=over, speakerToken=over_token))["code"] == "session-ended"


async def test_an_outage_of_redis_is_not_the_absence_of_the_speaker(
    own_redis: OwnRedis, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """The speaker's gateway comes back later than the one that looks for absent speakers."""
    with own_redis.run():
        await own_redis.say_abilities(redis)
        gateway = await start_gateway(redis=own_redis.url, grace_s=3)
        assert gateway._upkeep
        assert gateway.parts
        speaker = await connect(gateway)
        code, _ = await created(speaker)
        session_id = await session_id_of(own_redis.client, code)
        await gateway._upkeep.stop()
        await gateway.parts.restoration.stop()
    await away(gateway, "not reachable: redis")
    with own_redis.run():
        await own_redis.client.zadd(speakers_key(), {session_id: 1})  # that is long ago
        looking = await start_gateway(redis=own_redis.url, grace_s=3)
        assert looking._upkeep
        await looking._upkeep.look_for_speakers()
        await gateway._upkeep.look_for_speakers()
        assert await own_redis.client.hget(session_key(session_id), "state") == b"live"

        async def reaped() -> bool:
            return await own_redis.client.ttl(session_key(session_id)) > 0

        await send_audio(speaker, code, position=0)
        await accepted(speaker, 1600)
        await speaker.socket.close()
        await eventually(reaped)
        assert await own_redis.client.hget(session_key(session_id), "state") == b"ended"
        assert await own_redis.client.zscore(speakers_key(), session_id) is None
        assert looking.missing() == ""


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_loss_is_announced_only_when_what_redis_forgot_does_not_come_back(
    own_redis: OwnRedis, start_gateway: StartGateway, connect: Connect, redis: Redis, comes_back: bool
) -> None:
    """A new caption comes first; then the broadcast workers fill the history, or say that there is no more."""
    with own_redis.run():
        await own_redis.say_abilities(redis)
        gateway = await start_gateway(redis=own_redis.url)
        speaker, listener = await connect(gateway), await connect(gateway)
        code, _ = await created(speaker)
        await joined(listener, code, audio=False)
        session_id = await session_id_of(own_redis.client, code)
        partition = partition_of(session_id, 4)
        name = captions_channel(session_id, "es")
        await Publisher(own_redis.client, name).final(0, caption(0, "0"))
        await listener.of_type("caption")
    await own_redis.forget()
    with own_redis.run():
        await own_redis.say_abilities(redis)
        await away(gateway, "")
        await Publisher(own_redis.client, name).final(160, caption(160, "1"))

        async def waiting() -> bool:
            return gateway.parts is not None and gateway.parts.channels._open[name]._catching_up is not None

        await eventually(waiting)
        await own_redis.client.delete(name)
        spanish = Publisher(own_redis.client, name)
        if comes_back:
            await spanish.final(0, caption(0, "0"), quietly=True)
        await spanish.final(160, caption(160, "1"), quietly=True)
        await spanish.final(320, caption(320, "2"))
        back = await connect(gateway)
        rejoining = asyncio.create_task(
            patiently(back, "joinSession", sessionId=code, targetLanguage="es", audio=False, resume={"captions": "0-1"})
        )
        run_id = (await own_redis.client.info("server"))["run_id"]
        await own_redis.client.set(filled_key(TRANSLATIONS, partition), run_id)
        first, second = await listener.of_type("caption"), await listener.of_type("caption")
        assert (first["text"], second["text"]) == ("1", "2")
        assert first["previous"] == ("0-1" if comes_back else "lost")
        assert (await rejoining)["captions"]["recovered"] is comes_back


async def resumed(client: Client, code: str, token: str) -> dict[str, Any]:
    """Resumes, as soon as that is possible."""
    answer = await patiently(client, "resumeSession", sessionId=code, speakerToken=token)
    assert answer["type"] == "sessionResumed", answer
    return answer


async def patiently(client: Client, action: str, **members: Any) -> dict[str, Any]:
    """The answer, as soon as the gateway can give one."""
    while True:
        answer = await client.ask(action, **members)
        if answer.get("code") != "unavailable":
            return answer
        await asyncio.sleep(0.05)


class Stalled:
    """A listener that reads nothing after its join."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def join(cls, gateway: Gateway, code: str) -> "Stalled":
        """Joins with a small receive buffer."""
        port = int(gateway.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: dragoman.v1\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        text = f'{{"action": "joinSession", "sessionId": "{code}", "targetLanguage": "es"}}'.encode()
        writer.write(bytes((0x81, 0x80 | len(text))) + bytes(4) + text)
        await reader.readuntil(b"sessionJoined")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a ReadTransport too
        return cls(reader, writer)


async def test_a_listener_who_does_not_read_is_let_go_and_the_others_hear_all(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    speaker, listener = await connect(), await connect(binary=True)
    code, _ = await created(speaker)
    await joined(listener, code)
    stalled = await Stalled.join(gateway, code)
    voice = Publisher(redis, speech_channel(await session_id_of(redis, code), "es", "ogg-opus"))
    parts, audio = 3 * SOFT_LIMIT // 8192 + 600, bytes(8192)
    for n in range(parts):
        await voice.final(n * 160, speech(n * 160, audio))
        await listener.of_type("translatedAudio")
    while len(gateway._peers) > 2:  # noqa: ASYNC110  # nothing tells when a socket is gone
        await asyncio.sleep(0.02)
    stalled.writer.transport.abort()
    back = await connect(binary=True)
    answer = await joined(back, code, resume={"speech": "0-1"})
    assert answer["speech"]["recovered"] is True
    await back.until(lambda m: m["type"] == "translatedAudio" and m["segment"] == (parts - 1) * 160)
    assert [m["segment"] for m in back.passed if m["type"] == "translatedAudio"] == [n * 160 for n in range(1, parts)]


async def test_sockets_are_told_when_the_gateway_goes_away(start_gateway: StartGateway, connect: Connect) -> None:
    gateway = await start_gateway()
    clients: list[Client] = [await connect(gateway) for _ in range(3)]
    await created(clients[0])
    closing = [asyncio.create_task(client.closed()) for client in clients]
    await gateway.stop()
    assert await asyncio.gather(*closing) == [1012, 1012, 1012]
