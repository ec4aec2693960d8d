"""The engines that workers leave alone, as far as a session's languages need them."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from dragoman.runtime.wall_clock import redis_ms
from schemas.channels import Resting, resting_key
from schemas.socket import EngineTrouble

Stage = Literal["transcribe", "translate", "synthesize"]
_STAGES: Final[dict[str, Stage]] = {"transcribe": "transcribe", "translate": "translate", "synthesize": "synthesize"}
_DOES: Final = {
    "transcribe": "does not hear {language} at the moment",
    "translate": "does not translate into {language} at the moment",
    "synthesize": "does not speak {language} at the moment",
}
_resting = msgspec.json.Decoder(Resting)


async def read_troubles(redis: Any, floor: str, languages: set[str]) -> list[EngineTrouble]:
    """`floor`: what is spoken, or `auto`; `languages`: those that are listened to. Raises RedisError."""
    rows = [_resting.decode(row) for row in (await redis.hgetall(resting_key())).values()]
    if not rows:
        return []
    now_ms = await redis_ms(redis)
    found = {
        (trouble.stage, trouble.engine, trouble.language): trouble
        for row in rows
        if row.until > now_ms
        for engine, operations in row.engines.items()
        for operation in operations
        for trouble in _troubles(engine, operation.split(" "), floor, languages)
    }
    return [found[key] for key in sorted(found)]


def _troubles(engine: str, operation: list[str], floor: str, languages: set[str]) -> Iterator[EngineTrouble]:
    """None, if it concerns others: `fill`, another floor, a language that nobody here listens to."""
    stage = _STAGES.get(operation[0])
    own = {_base(floor)} if stage == "transcribe" else languages
    of_the_floor = stage != "translate" or operation[1:2] in ([_base(floor)], ["auto"])
    if stage and of_the_floor and operation[-1] in own:
        message = f"{engine} {_DOES[stage].format(language=operation[-1])}: the next engine does, if there is one."
        yield EngineTrouble(stage=stage, engine=engine, language=operation[-1], message=message)


def _base(tag: str) -> str:
    return tag.split("-")[0]
