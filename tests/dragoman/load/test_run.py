"""A load on a gateway that takes everything and answers nothing."""

from dataclasses import replace

import numpy as np
import pytest

from dragoman.load.recordings import Utterable
from dragoman.load.run import load
from dragoman.load.setup import LoadSetup
from dragoman.runtime.errors import DragomanError
from schemas.socket import Error
from tests.dragoman.client.conftest import FakeGateway, fake_gateway

__all__ = ["fake_gateway"]


async def test_what_is_never_answered_counts_as_failed_and_its_times_stand_at_the_limit(
    fake_gateway: FakeGateway, setup: LoadSetup
):
    fake_gateway.scripts.extend([([], 0), ([], 0)])
    shape = replace(setup.shape, concurrency=1, requests=1, duration_s=20.0, ramp_s=0.0, warm_up_s=0.0)
    spoken = Utterable(np.full(3_200, 8_000, "<i2").tobytes())
    quick = replace(setup, url=fake_gateway.url, shape=shape, recordings=[spoken], timeouts_s={"simple": 0.25}, seed=34)
    found = await load(quick)
    assert (found.requests, found.success, found.left_out) == (1, 0.0, 0)
    assert found.scenarios["simple"].failed == {"timeout": 1}
    assert found.unanswered == {"ttft": 2, "total": 2, "first_audio": 1}
    assert found.value("ttft_max") == 0.25
    assert found.listeners == {"joined": 2}
    assert found.figures["connection"].count == 3
    assert found.listeners == {"joined": 2}
    assert fake_gateway.controls[-1][0] == "end"
    assert len(np.flatnonzero(np.frombuffer(fake_gateway.heard, "<i2"))) >= 3_200
    assert found.bytes_sent > len(fake_gateway.heard)


async def test_what_a_lost_connection_prevents_stands_at_the_limit(fake_gateway: FakeGateway, setup: LoadSetup):
    fake_gateway.refused_openings.append(Error(code="rate-limited", message="later", retryable=False))
    shape = replace(setup.shape, concurrency=1, requests=3, ramp_s=0.0, warm_up_s=0.0)
    found = await load(replace(setup, url=fake_gateway.url, shape=shape, shares={"interruptions": 1.0}))
    assert found.scenarios["interruptions"].failed == {"speaker refused: rate-limited": 3}
    assert found.unanswered == {"ttft": 6, "total": 6, "recovery": 6, "first_audio": 3}
    assert found.value("ttft_min") == setup.timeouts_s["interruptions"]


async def test_a_time_in_which_nobody_speaks_is_said(setup: LoadSetup):
    shape = replace(setup.shape, concurrency=1, duration_s=0.001, ramp_s=0.0, warm_up_s=0.0)
    with pytest.raises(DragomanError, match="longer --duration"):
        await load(replace(setup, shape=shape))
