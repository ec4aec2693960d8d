"""Keeps the programs of one machine running, knows when all are ready, and stops them in order."""

import asyncio
import http.client
from collections.abc import Callable, Sequence
from pathlib import Path

from dragoman.local.child import Child, ChildProgram

Say = Callable[[str], None]

_PROBE_TIMEOUT_S = 2.0
_PROBE_PAUSE_S = 0.1
_REMINDER_S = 20.0


class Supervisor:
    """Has the children; none of them outlives `stop`."""

    def __init__(self, logs: Path, say: Say, on_change: Callable[[], None]) -> None:
        self.children: dict[str, Child] = {}
        self._logs, self._say, self._on_change = logs, say, on_change
        self._hurry = asyncio.Event()

    def start(self, program: ChildProgram, tasks: asyncio.TaskGroup) -> Child:
        """Starts a program and keeps it running as long as `tasks` does; what is hopeless ends `tasks`."""
        child = Child(program, self._logs, self._say)
        child.on_start = self._on_change
        self.children[program.name] = child
        child.start()
        tasks.create_task(child.keep_running(), name=program.name)
        return child

    def hurry(self) -> None:
        """From now on nothing is waited for: what still runs is killed."""
        self._hurry.set()

    async def stop(self, order: Sequence[Sequence[str]]) -> None:
        """Ends the children, one group of names after the other; kills what is not gone in time."""
        try:
            for names in order:
                children = [self.children[name] for name in names if name in self.children]
                for child in children:
                    child.terminate()
                await asyncio.gather(*(self._gone(child) for child in children))
        finally:
            for child in self.children.values():
                child.kill()
                child.close()

    async def _gone(self, child: Child) -> None:
        ended, hurry = asyncio.ensure_future(child.ended()), asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait({ended, hurry}, timeout=child.program.patience_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            hurry.cancel()
        if child.alive:
            self._say(f"{child.program.name} does not end: killed")
            child.kill()


async def until_ready(child: Child, host: str, operator_port: int, say: Say) -> None:
    """Waits until the program says `ready` on its operator port; says now and then what is missing."""
    loop = asyncio.get_running_loop()
    reminder = loop.time() + _REMINDER_S
    while missing := await asyncio.to_thread(_missing, host, operator_port):
        if loop.time() > reminder:
            say(f"still waiting for {child.program.name}: {missing} (its log: {child.log})")
            reminder = loop.time() + _REMINDER_S
        await asyncio.sleep(_PROBE_PAUSE_S)
    child.steady = True


def _missing(host: str, operator_port: int) -> str:
    """What /readyz says is missing, or nothing."""
    connection = http.client.HTTPConnection(host, operator_port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return "its operator port does not answer"
    finally:
        connection.close()
    return "" if answer.status == 200 else text or f"status {answer.status}"
