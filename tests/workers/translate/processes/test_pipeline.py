"""One pipeline under bad luck, with ordinary programs in place of apertium's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.processes import children, living, stop, until, waiting_bytes
from workers.errors import EngineCrashed, EngineEnded, EngineTimeout
from workers.translate.processes.pipeline import Pipeline
from workers.translate.processes.program import Program

COPY = Program("copy", (("cat",), ("cat",), ("cat",)))


@pytest.fixture
async def pipeline() -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(COPY, timeout_s=10)
    yield pipeline
    await pipeline.close()


async def test_nothing_runs_before_the_first_text(pipeline: Pipeline) -> None:
    assert not pipeline.running
    assert await pipeline.translate("one") == "one"
    assert pipeline.running


async def test_the_same_processes_serve_many_texts_at_once(pipeline: Pipeline) -> None:
    texts = [f"text {number}" for number in range(200)]
    assert await asyncio.gather(*map(pipeline.translate, texts)) == texts
    assert len(children("cat")) == 3


async def test_the_event_loop_does_not_wait_for_a_slow_pipeline(pipeline: Pipeline) -> None:
    other = Pipeline(COPY, timeout_s=10)
    await pipeline.translate("one")
    stopped = children("cat")[0]
    await stop(stopped)
    slow = asyncio.create_task(pipeline.translate("two"))
    assert await other.translate("three") == "three"
    assert not slow.done()
    stopped.resume()
    assert await slow == "two"
    await other.close()


@pytest.mark.parametrize("stage", range(3))
async def test_a_stage_killed_in_the_midst_of_a_text_is_an_error_and_the_next_text_is_right(
    pipeline: Pipeline, stage: int
) -> None:
    await pipeline.translate("one")
    victim = children("cat")[stage]
    await stop(victim)
    call = asyncio.create_task(pipeline.translate("two"))
    await until(lambda: waiting_bytes(victim.pid))
    victim.kill()
    with pytest.raises(EngineCrashed):
        await call
    assert await pipeline.translate("three") == "three"
    assert len(children("cat")) == 3


async def test_a_stage_that_dies_between_two_texts_costs_nothing(pipeline: Pipeline) -> None:
    await pipeline.translate("one")
    victim = children("cat")[1]
    victim.kill()
    await until(lambda: not living([victim.pid]))
    assert await pipeline.translate("two") == "two"


async def test_a_stage_that_loses_the_text_is_an_error_and_no_empty_success() -> None:
    losing = Pipeline(Program("losing", (("sed", "-u", "-z", "/one/d"),)), timeout_s=10)
    with pytest.raises(EngineCrashed):
        await losing.translate("one")
    await losing.close()


async def test_after_a_timeout_the_late_reply_is_never_seen() -> None:
    pipeline = Pipeline(COPY, timeout_s=0.2)
    await pipeline.translate("one")
    before = children("cat")
    await stop(before[1])
    with pytest.raises(EngineTimeout):
        await pipeline.translate("two")
    assert living([child.pid for child in before]) == []
    assert await pipeline.translate("three") == "three"
    await pipeline.close()


async def test_a_cancelled_call_does_not_disturb_the_next(pipeline: Pipeline) -> None:
    await pipeline.translate("one")
    stopped = children("cat")[0]
    await stop(stopped)
    calls = [asyncio.create_task(pipeline.translate(text)) for text in ("two", "three")]
    await until(lambda: waiting_bytes(stopped.pid))
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    stopped.resume()
    assert await pipeline.translate("four") == "four"


async def test_only_an_idle_pipeline_is_reaped_and_it_starts_again(pipeline: Pipeline) -> None:
    await pipeline.translate("one")
    await pipeline.reap(3600)
    assert len(children("cat")) == 3
    await pipeline.reap(0)
    assert not pipeline.running
    assert children("cat") == []
    assert await pipeline.translate("two") == "two"


async def test_close_ends_a_text_under_way_and_refuses_later_ones(pipeline: Pipeline) -> None:
    await pipeline.translate("one")
    stopped = children("cat")[0]
    await stop(stopped)
    call = asyncio.create_task(pipeline.translate("two"))
    await until(lambda: waiting_bytes(stopped.pid))
    await pipeline.close()
    with pytest.raises(EngineCrashed):
        await call
    with pytest.raises(EngineCrashed):
        await pipeline.translate("three")
    assert children("cat") == []
    await pipeline.close()


async def test_a_text_that_ended_the_processes_has_its_next_tries_apart_while_the_others_go_on() -> None:
    pipeline = Pipeline(Program("deadly", (("sed", "-u", "-z", "/poison/e kill -s SEGV $PPID"),)), timeout_s=10)
    await pipeline.translate("one")
    before = [child.pid for child in children("sed")]
    with pytest.raises(EngineEnded):
        await pipeline.translate("poison")
    await pipeline.translate("two")
    shared = [child.pid for child in children("sed")]
    assert shared != before
    for _ in range(2):
        with pytest.raises(EngineEnded):
            await pipeline.translate("poison")
        await pipeline.translate("three")
        assert [child.pid for child in children("sed")] == shared
    await pipeline.close()
    assert children("sed") == []
