"""Instances of any message, made from its fields: every field takes several values, none is left at its default."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

TEXTS = ("", "hola, ¿qué tal?", '\n\t"quoted" \\', "🌍 日本語", "plain")
ASCII_TEXTS = ("", "es-MX", "embedded", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
INTEGERS = (0, 1, 512, 1_700_000_000_000, 2**53 - 1)


@pytest.fixture
def instances() -> Callable[..., Iterator[Any]]:
    """`instances(kind, ascii_only=False)` yields 50 messages of a struct type; the same ones on every run."""

    def made(kind: type[msgspec.Struct], ascii_only: bool = False) -> Iterator[Any]:
        chance = random.Random(kind.__name__)
        texts = ASCII_TEXTS if ascii_only else TEXTS
        for _ in range(50):
            yield _value(inspect.type_info(kind), chance, texts)

    return made


def _value(kind: Any, chance: random.Random, texts: tuple[str, ...]) -> Any:
    match kind:
        case inspect.StructType():
            return kind.cls(**{field.name: _value(field.type, chance, texts) for field in kind.fields})
        case inspect.UnionType():
            return _value(chance.choice(kind.types), chance, texts)
        case inspect.LiteralType():
            return chance.choice(sorted(kind.values))
        case inspect.IntType():
            return chance.choice([n for n in INTEGERS if kind.lt is None or n < kind.lt])
        case inspect.FloatType():
            return chance.choice((0.0, 0.25, -31.7, 1e9))
        case inspect.BoolType():
            return chance.random() < 0.5
        case inspect.StrType():
            return chance.choice(texts)
        case inspect.BytesType():
            return chance.randbytes(chance.choice((0, 2, 320)))
        case inspect.NoneType():
            return None
        case inspect.ListType() | inspect.VarTupleType():
            items = [_value(kind.item_type, chance, texts) for _ in range(chance.randrange(3))]
            return tuple(items) if isinstance(kind, inspect.VarTupleType) else items
        case inspect.DictType():
            return {str(n): _value(kind.value_type, chance, texts) for n in range(chance.randrange(3))}
    raise TypeError(f"no values for {kind}: teach this file about them")
