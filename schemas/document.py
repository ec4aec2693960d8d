"""The tables of README.md, written from the sources: messages, topics, names in Redis, close codes.

A member's sentence is the docstring literal below its field. `python -m dragoman.reference` writes the pages anew.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect as shapes

from schemas import channels, fetching, languages, messages, socket, topics
from schemas.close_codes import CloseCode

SOCKET_PARTS: tuple[type[msgspec.Struct], ...] = (
    socket.Resume,
    socket.Language,
    socket.Subscription,
    socket.Listening,
    socket.AudioQuality,
    socket.LagMs,
    socket.EngineTrouble,
)
"""What socket messages are made of."""


REDIS_VALUES: tuple[type[msgspec.Struct], ...] = (
    channels.Lease,
    channels.Control,
    channels.Capacity,
    channels.Resting,
    channels.Presence,
    channels.Hole,
    channels.Known,
    channels.Resting,
    languages.Abilities,
    languages.Voicing,
    fetching.Fetching,
    fetching.Absent,
)
"""What is written to Redis as JSON beside messages of the topics and parts of those of the socket."""


def tables() -> dict[str, str]:
    """Markdown by the name of its place in the page."""
    return {
        "actions": sections(socket.ACTIONS.values()),
        "server messages": sections(socket.SERVER_MESSAGES),
        "socket parts": sections(SOCKET_PARTS),
        "records": sections(kind for kinds in messages.TOPIC_MESSAGES.values() for kind in kinds)
        + sections([messages.Word, messages.Prosody]),
        "topics": _topics(),
        "redis": _redis(),
        "redis values": sections(REDIS_VALUES),
        "close codes": _close_codes(),
    }


def placed(page: str, name: str, table: str) -> str:
    """`page` with `table` between its markers of that name. Raises ValueError where the page has none."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    if begin not in page or end not in page:
        raise ValueError(f"the page has no place for {name!r}")
    head, rest = page.split(begin, 1)
    return f"{head}{begin}\n{table.strip()}\n\n{end}{rest.split(end, 1)[1]}"


def sections(kinds: Iterable[type[msgspec.Struct]]) -> str:
    """One section per message, each once: its docstring and the table of its members."""
    return "".join(_section(kind) for kind in dict.fromkeys(kinds))


def title(kind: type[msgspec.Struct]) -> str:
    """What a message is called on the wire; parts of messages have only their Python name."""
    tag = kind.__struct_config__.tag
    return str(tag) if tag else kind.__name__


@cache
def field_sentences(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Python name of each field to the sentence below it, those of its bases included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not issubclass(base, msgspec.Struct) or base is msgspec.Struct:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match below:
                    case ast.Expr(value=ast.Constant(value=str(sentence))):
                        found[field.target.id] = " ".join(sentence.split())
    return found


def _section(kind: type[msgspec.Struct]) -> str:
    shape = shapes.type_info(kind)
    assert isinstance(shape, shapes.StructType)
    sentences = field_sentences(kind)
    rows = [
        f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} | {sentences[field.name]} |"
        for field in shape.fields
    ]
    head = f"#### `{title(kind)}`\n\n{inspect.getdoc(kind)}\n\n"
    return head + table(("member", "type", "if absent", "meaning"), rows) + "\n"


def table(columns: Iterable[str], rows: Iterable[str]) -> str:
    """A markdown table of ready rows."""
    names = list(columns)
    return "\n".join([f"| {' | '.join(names)} |", "|" + "---|" * len(names), *rows]) + "\n"


def _default(field: shapes.Field) -> str:
    if field.required:
        return "required"
    if field.default_factory is not msgspec.NODEFAULT:
        return _literal(field.default_factory())
    return "nothing" if field.default in (msgspec.NODEFAULT, None) else _literal(field.default)


def _literal(default: Any) -> str:
    written = msgspec.json.encode(default).decode()
    return "empty" if written in ('""', "[]", "{}") else f"`{written}`"


def _type(shape: shapes.Type) -> str:
    match shape:
        case shapes.UnionType():
            return " or ".join(_type(kind) for kind in shape.types)
        case shapes.LiteralType():
            return ", ".join(f"`{value}`" if value else "empty" for value in shape.values)
        case shapes.ListType() | shapes.VarTupleType():
            return f"list of {_type(shape.item_type)}"
        case shapes.DictType():
            return f"{{{_type(shape.key_type)}: {_type(shape.value_type)}}}"
        case shapes.StructType():
            return f"[{shape.cls.__name__}](#{shape.cls.__name__.lower()})"
    return _PLAIN[type(shape)]


_PLAIN = {
    shapes.IntType: "integer",
    shapes.FloatType: "number",
    shapes.StrType: "string",
    shapes.BoolType: "boolean",
    shapes.BytesType: "bytes",
    shapes.NoneType: "null",
}


def _topics() -> str:
    readers = {
        topic.name: [stage for stage, read in topics.STAGES.items() if topic.name in read]
        for topic in topics.topics(1, 2)
    }
    kept = {
        topics.HOUR_MS: "`DRAGOMAN_AUDIO_RETENTION_H`",
        2 * topics.HOUR_MS: "`DRAGOMAN_TEXT_RETENTION_H`",
        -1: "compacted: the last record of each session",
    }
    rows = [
        f"| `{topic.name}` | {', '.join(f'`{title(kind)}`' for kind in messages.TOPIC_MESSAGES[topic.name])} "
        f"| {kept[topic.retention_ms]} | {', '.join(readers[topic.name]) or 'nobody yet'} |"
        for topic in topics.topics(1, 2)
    ]
    return table(("topic", "messages", "kept for", "read by the stages"), rows)


def redis_names() -> dict[str, Callable[..., str]]:
    """Every function that names something in Redis."""
    return {
        name: function
        for module in (channels, languages, fetching)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and name.endswith(("_key", "_channel"))
    }


def _redis() -> str:
    rows = []
    for name, function in redis_names().items():
        wanted = [word.upper() for word in inspect.signature(function).parameters]
        meaning = " ".join((inspect.getdoc(function) or "").split())
        rows.append(f"| `{name}` | `{function(*wanted)}` | {meaning} |")
    return table(("function", "name in Redis", "what it is"), rows)


def _close_codes() -> str:
    assert issubclass(CloseCode, Enum)
    rows = [f"| {code.value} | `{code.name}` | {code.meaning} | {code.reconnect} |" for code in CloseCode]
    return table(("code", "name", "meaning", "reconnect?"), rows)
