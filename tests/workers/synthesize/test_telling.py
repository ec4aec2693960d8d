"""The gateways are told what speaks each language."""

import asyncio

from schemas.languages import Voicing
from tests.processes import until
from tests.workers.synthesize.test_choice import ALL
from workers.synthesize.choice import Choice
from workers.synthesize.telling import Telling

Told = tuple[
    dict[str, list[str]],
    dict[str, list[str]],
    dict[str, dict[str, str]],
    dict[str, Voicing],
    dict[str, dict[str, list[str]]],
]


async def test_it_is_told_at_the_start_and_again_when_something_else_would_speak() -> None:
    cores, told, looked = [0.0], list[Told](), 0

    def free(_: float) -> float:
        nonlocal looked
        looked += 1
        return cores[0]

    async def tell(*what: object) -> None:
        told.append(what)  # type: ignore[arg-type]

    absent = {"ca": "piper-ca", "es": "piper-es", "nl": "piper-nl"}
    telling = Telling(Choice(ALL, {}, free), tell, lambda: absent, again_s=0.001)
    await telling.look()
    assert len(told) == 1
    *known, voices, lacking = told[0]
    assert known == [{"*": ["ca", "es", "pt"]}, {"*": ["ca"]}, {"*": {"ca": "espeak", "es": "pico", "pt": "kokoro"}}]
    assert voices["es"].reason == "room"
    assert lacking == {"*": {"ca": ["piper-ca"], "nl": ["piper-nl"]}}
    running = asyncio.create_task(telling.run(None))
    await until(lambda: looked > 5)
    assert len(told) == 1, "nothing has changed"
    cores[0] = 8.0
    await until(lambda: len(told) == 2)
    assert told[1][2]["*"]["es"] == "kokoro"
    absent.clear()
    await until(lambda: len(told) == 3)
    assert told[2][4] == {}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
