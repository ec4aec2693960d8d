"""How a listener in a terminal ends."""

import asyncio
import os
import signal
import sys

import pytest

from schemas.socket import SessionEnded
from tests.dragoman.client.conftest import CODE, FakeGateway, fake_gateway

__all__ = ["fake_gateway"]


@pytest.mark.parametrize("ends", [True, False])
async def test_who_presses_ctrl_c_says_good_bye(fake_gateway: FakeGateway, ends: bool) -> None:
    """So that nothing more is made; who stays to the end needs not."""
    fake_gateway.scripts.append(([SessionEnded(session_id=CODE)], 4010) if ends else ([], 0))
    command = ["-m", "dragoman.cli", "listen", CODE, "--language", "es", "--url", fake_gateway.url]
    listening = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert listening.stdout
    assert b"reading es" in await listening.stdout.readline()
    if not ends:
        listening.send_signal(signal.SIGINT)
    await listening.communicate()
    assert fake_gateway.left == ([] if ends else [CODE])
