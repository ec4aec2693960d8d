"""The gateway as a program of its own, for tests that kill it."""

import asyncio
import json
import os
import sys
from typing import Any, NamedTuple

SECRET = "the tests' own secret of 32 bytes"


def environment(**settings: Any) -> dict[str, str]:
    """A process's environment with only these settings."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("DRAGOMAN_")}
    return own | {f"DRAGOMAN_{name.upper()}": str(value) for name, value in settings.items()}


class Program(NamedTuple):
    """One that serves."""

    process: asyncio.subprocess.Process
    port: int
    operator_port: int
    drain: "asyncio.Task[bytes]"
    """Reads its log, so that it never waits for a reader."""

    async def end(self) -> None:
        """Kills it, as a machine that fails does."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self.drain


async def start_program(kafka: str, redis: str, **settings: Any) -> Program:
    """A gateway on free ports that has said where it listens."""
    all_of_them = {"kafka": kafka, "redis": redis, "secret": SECRET, "port": 0, "operator_port": 0, "drain_s": 0}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        env=environment(**(all_of_them | settings)),
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    assert process.stderr
    while b"gateway.listening" not in (line := await process.stderr.readline()):
        assert line, "the gateway ended"
    told = json.loads(line)
    return Program(process, told["port"], told["operator_port"], asyncio.create_task(process.stderr.read()))
