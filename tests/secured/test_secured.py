"""A real Kafka and a real Redis as operators have them, reached with the settings, and the whole system on them."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis.exceptions import NoPermissionError, RedisError

from dragoman.ops.lag import lag_meter
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble, redis_trouble
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.settings import Settings, read_settings
from gateway.gateway import connect_redis
from schemas.topics import STAGES
from tests.gateway.client import Client, accepted, created, eventually, joined, send_audio
from tests.gateway.program import start_program
from tests.secured.certificates import Authority
from tests.secured.secured_kafka import PASSWORD, SecuredKafka
from tests.secured.secured_redis import NAME, watched_redis
from tests.secured.secured_redis import PASSWORD as REDIS_PASSWORD
from tests.workers.worker_process import worker
from workers.shell.answers import kafka_answers

Said = dict[str, Any]
pytestmark = pytest.mark.servers
LONGEST_S = 240
"""On a machine that is so busy that Sentinel mistrusts its clock it waits half a minute before it acts."""


def of_kafka(way: str, user: str, brokers: SecuredKafka, authority: Authority) -> Said:
    """Settings that reach the broker in one of the ways."""
    login = {"kafka_user": user, "kafka_password": PASSWORD}
    pair = authority.signed(user)
    ways: dict[str, tuple[str, Said]] = {
        "nothing": ("PLAINTEXT", {}),
        "tls": ("TLS", {"kafka_ca": authority.ca}),
        "certificates": ("BOTH", {"kafka_ca": authority.ca, "kafka_cert": pair.cert, "kafka_key": pair.key}),
        "scram 512": ("SASL", {"kafka_ca": authority.ca, **login}),
        "scram 256": ("SASL", {"kafka_ca": authority.ca, **login, "kafka_sasl": "SCRAM-SHA-256"}),
        "plain": (
            "SASL",
            {"kafka_ca": authority.ca, "kafka_sasl": "PLAIN", "kafka_user": user, "kafka_password": f"plain {user}"},
        ),
        "scram bare": ("BARE", login),
    }
    listener, said = ways[way]
    return {"kafka": brokers.at[listener], **said}


WAYS = ["nothing", "tls", "certificates", "scram 512", "scram 256", "plain", "scram bare"]


async def test_a_broker_is_reached_in_every_way_by_the_clients_of_all_processes(
    brokers: SecuredKafka, authority: Authority
) -> None:
    for way in WAYS:
        kafka = read_settings(**of_kafka(way, "ops", brokers, authority)).kafka
        assert (way, await kafka_trouble(kafka)) == (way, "")
        assert (way, await asyncio.to_thread(kafka_answers, kafka, 5.0)) == (way, True)
        async with lag_meter(kafka) as meter:  # a consumer and an administrator, with the rights of `ops`
            assert [lag.stage for lag in await meter.measure()] == [stage for stage in STAGES for _ in STAGES[stage]]


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        ("scram 512", {"kafka_password": "another"}),
        ("scram 512", {"kafka_user": "nobody"}),
        ("scram 512", {"kafka_ca": ""}),
        ("certificates", {"kafka_cert": "", "kafka_key": ""}),
        ("nothing", {"kafka_tls": True}),
    ],
)
async def test_what_is_wrong_is_said_in_one_line_without_the_password(
    way: str, wrong: Said, brokers: SecuredKafka, authority: Authority
) -> None:
    said = of_kafka(way, "ops", brokers, authority) | {"kafka_tls": way != "nothing"} | wrong
    trouble = await kafka_trouble(read_settings(**said).kafka)
    assert trouble.startswith("Kafka at 127.0.0.1:")
    assert "\n" not in trouble
    assert PASSWORD not in trouble
    assert "another" not in trouble


async def test_a_user_may_do_nothing_that_its_process_does_not(brokers: SecuredKafka, authority: Authority) -> None:
    """`broadcast` is not let see what `audio` holds, nor how far others are."""
    kafka = read_settings(**of_kafka("scram 512", "broadcast", brokers, authority)).kafka
    with pytest.raises(DragomanError, match="audio"):
        async with lag_meter(kafka) as meter:
            await meter.measure()


async def test_redis_lets_in_who_shows_a_certificate_and_has_the_password(
    safe_redis: str, authority: Authority
) -> None:
    said = of_redis(safe_redis, authority)
    assert await redis_trouble(read_settings(**said).redis) == ""
    for wrong in ({"redis_password": "another"}, {"redis_cert": "", "redis_key": ""}, {"redis_ca": ""}):
        trouble = await redis_trouble(read_settings(**(said | wrong)).redis)
        assert trouble.startswith("Redis does not answer at rediss://127.0.0.1:"), wrong
        assert REDIS_PASSWORD not in trouble
    client = redis_client(read_settings(**said).redis)
    for refused in (("CONFIG", "GET", "*"), ("FLUSHALL",), ("SET", "somebody's", "1"), ("KEYS", "*")):
        with pytest.raises(NoPermissionError):
            await client.execute_command(*refused)
    await client.aclose()


async def test_sentinels_say_which_redis_is_the_master_and_clients_follow_it(tmp_path: Path) -> None:
    with watched_redis(tmp_path / "watched") as watched:
        said = {"redis": f"redis://{NAME}/0", "redis_password": REDIS_PASSWORD, "redis_sentinels": watched.sentinels}
        settings = read_settings(**said, redis_sentinels_password="of-sentinel")
        assert await redis_trouble(settings.redis) == ""
        assert "Redis does not answer" in await redis_trouble(read_settings(**said, redis_user="x").redis)
        of_gateway, of_worker = connect_redis(settings.redis), redis_client(settings.redis)
        subscribed = of_gateway.pubsub()
        await subscribed.subscribe("news")
        for port in watched.ports:
            async with asyncio.timeout(LONGEST_S):
                while await masters(of_gateway, of_worker) != {str(port)}:  # noqa: ASYNC110  # other processes
                    await asyncio.sleep(0.1)
            if port == watched.ports[0]:
                await of_worker.set("number", "1")
                assert await of_worker.wait(1, 60_000) == 1, "the replica has it"
                watched.master.kill()
        assert await of_gateway.get("number") == b"1"
        for client in (subscribed, of_gateway, of_worker):
            await client.aclose()


async def masters(*clients: Any) -> set[str]:
    """Ports of those that the clients talk to and that take writes."""
    found = set()
    for client in clients:
        try:
            await client.set("written", "now")
            found.add((await client.config_get("port"))["port"])
        except (RedisError, OSError):
            found.add("none")
    return found


def of_redis(url: str, authority: Authority) -> Said:
    """Settings that reach the secured Redis."""
    mine = authority.signed("client")
    login = {"redis_user": "dragoman", "redis_password": REDIS_PASSWORD}
    return {"redis": url, "redis_ca": authority.ca, "redis_cert": mine.cert, "redis_key": mine.key, **login}


async def test_speech_becomes_captions_with_the_least_rights_in_kafka_and_redis(
    brokers: SecuredKafka, safe_redis: str, authority: Authority, tmp_path: Path
) -> None:
    """Every process is a user of its own; half of them by certificate, half by password."""

    def settings(user: str, way: str) -> Settings:
        engines = {"engines": "scripted", "log_level": "info"}
        return read_settings(
            **of_kafka(way, user, brokers, authority), **of_redis(safe_redis, authority), **engines, instance=user
        )

    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                worker(
                    ["-m", f"workers.{stage}"],
                    tmp_path / f"{stage}.log",
                    **(settings(stage, way).environment() | {"DRAGOMAN_OPERATOR_PORT": "0"}),
                )
            )
            for stage, way in zip(STAGES, ("scram 512", "certificates", "scram 256", "certificates"), strict=True)
        ]
        said = of_kafka("scram 512", "gateway", brokers, authority) | of_redis(safe_redis, authority)
        gateway = await start_program(said.pop("kafka"), said.pop("redis"), auth="open", **said)
        try:
            await asyncio.gather(*(each.started() for each in workers))
            await until_captions(gateway.port, gateway.operator_port)
            refused = [each.output for each in workers if "uthoriz" in each.output]
            assert not refused, refused[0][-2000:]
        finally:
            await gateway.end()


async def until_captions(port: int, operator_port: int) -> None:
    """Speaks until a final caption and speech in Spanish have come."""
    async with aiohttp.ClientSession() as http:

        async def ready() -> bool:
            async with http.get(f"http://127.0.0.1:{operator_port}/readyz") as response:
                return response.status == 200

        async def languages() -> bool:
            async with http.get(f"http://127.0.0.1:{port}/api/languages") as response:
                return "es" in await response.text()

        await eventually(ready)
        await eventually(languages)
        speaker, listener = [
            Client(await http.ws_connect(f"ws://127.0.0.1:{port}/ws", protocols=("dragoman.v1",))) for _ in range(2)
        ]
        code, _ = await created(speaker)
        await joined(listener, code, "es")
        for tenth in range(60):
            await send_audio(speaker, code, first=tenth * 1600)
        await accepted(speaker, 96_000)
        await listener.of_type("translatedAudio")
        assert [message for message in listener.passed if message["type"] == "caption" and message["final"]]
