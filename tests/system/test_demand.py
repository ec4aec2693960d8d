"""The only reader of a language goes away: a real translate goes on for it, for a while, and stops when it left."""

import asyncio

import aiohttp
import pytest

from schemas.messages import Translation
from tests.gateway.client import Client, Connect, StartGateway, joined
from tests.gateway.conftest import connect, gateway, redis, start_gateway
from tests.gateway.program import start_program
from tests.system.talking import Talk, talk, translate
from tests.workers.worker_process import WorkerProcess

__all__ = ["connect", "gateway", "redis", "start_gateway", "talk", "translate"]
pytestmark = pytest.mark.system

LINGER_S = 600


def outcomes(found: list[Translation], first: int = 0) -> set[tuple[str, str]]:
    """What became of the segments from `first` on."""
    return {(each.outcome, each.reason) for each in found if each.segment >= first}


@pytest.mark.parametrize("away_s", [0.5, 3])
async def test_nothing_is_skipped_while_the_only_reader_is_away(
    talk: Talk, start_gateway: StartGateway, connect: Connect, translate: WorkerProcess, away_s: float
) -> None:
    here = await start_gateway(linger_s=LINGER_S)
    reader, again = await connect(here), await connect(here)
    answer = await joined(reader, talk.code, audio=False)
    first = await talk.now()
    await reader.socket.close()
    await asyncio.sleep(away_s)
    await joined(again, talk.code, audio=False, resume={"listener": answer["listener"]})
    assert outcomes(await talk.until_segment(await talk.now()), first) == {("ok", "")}
    assert any(call.lingering for call in await talk.usage())
    _, metrics = await translate.get("/metrics")
    (line,) = [line for line in metrics.splitlines() if line.startswith("dragoman_linger_segments_total{")]
    assert float(line.split()[-1]) > 0


async def test_it_stops_after_the_linger_time_and_at_once_after_a_farewell(
    talk: Talk, start_gateway: StartGateway, connect: Connect
) -> None:
    here = await start_gateway(linger_s=1)
    reader, again = await connect(here), await connect(here)
    await joined(reader, talk.code, audio=False)
    first = await talk.now()
    await reader.socket.close()
    skipped = [each for each in await talk.until_segment(first, "skipped") if each.segment >= first]
    assert outcomes(skipped) == {("ok", ""), ("skipped", "no-audience")}
    await joined(again, talk.code, audio=False)
    await talk.now()
    await again.ask("leaveSession", sessionId=talk.code)
    left = await talk.now()
    after = outcomes(await talk.until_segment(left + 10 * 16_000), left + 16_000)
    assert after == {("skipped", "no-audience")}


async def test_nothing_is_skipped_when_its_gateway_is_killed(
    talk: Talk, kafka: str, redis_url: str, start_gateway: StartGateway, connect: Connect
) -> None:
    doomed, other = await start_program(kafka, redis_url, linger_s=LINGER_S), await start_gateway(linger_s=LINGER_S)
    async with aiohttp.ClientSession() as http:
        reader = Client(await http.ws_connect(f"http://127.0.0.1:{doomed.port}/ws"))
        try:
            answer = await joined(reader, talk.code, audio=False)
            first = await talk.now()
        finally:
            await doomed.end()
    await asyncio.sleep(1)
    again = await connect(other)
    await joined(again, talk.code, audio=False, resume={"listener": answer["listener"]})
    assert outcomes(await talk.until_segment(await talk.now()), first) == {("ok", "")}
    await again.ask("leaveSession", sessionId=talk.code)
    left = await talk.now()
    after = outcomes(await talk.until_segment(left + 10 * 16_000), left + 16_000)
    assert after == {("skipped", "no-audience")}, "the dead gateway asks for nothing more"
