"""Whether a request is one that its service would take: by botocore's own models of the services.

botocore checks types and what is required before it sends; the rest it leaves to the service: enums, lengths, patterns.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator


@cache
def operation(service: str, name: str) -> OperationModel:
    """One call of a service."""
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def mistakes(service: str, name: str, request: dict[str, Any]) -> list[str]:
    """What is wrong with the parameters of a call."""
    shape = operation(service, name).input_shape
    report = ParamValidator().validate(request, shape).generate_report()
    return [*filter(None, report.split("\n")), *_mistakes(request, shape, "$")]


def _mistakes(given: Any, shape: Shape, place: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in given.items():
            if name not in shape.members:
                yield f"{place}.{name} is unknown"
            else:
                yield from _mistakes(member, shape.members[name], f"{place}.{name}")
    elif shape.type_name == "list":
        if len(given) > shape.metadata.get("max", len(given)):
            yield f"{place} is too long"
        for number, member in enumerate(given):
            yield from _mistakes(member, shape.member, f"{place}[{number}]")
    elif shape.type_name == "string":
        yield from _mistakes_of_text(given, shape, place)


def _mistakes_of_text(given: str, shape: Shape, place: str) -> Iterator[str]:
    enum, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if enum and given not in enum:
        yield f"{place}: {given!r} is none of {enum}"
    if not shape.metadata.get("min", 0) <= len(given) <= shape.metadata.get("max", len(given)):
        yield f"{place} has {len(given)} characters"
    if pattern and "\\p" not in pattern.lower() and not re.fullmatch(pattern, given):
        yield f"{place}: {given!r} is not {pattern}"
