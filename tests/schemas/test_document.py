"""The protocol's page holds every message, topic, name in Redis, close code and error code, as they are now."""

import inspect
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from schemas import document, messages, socket
from schemas.close_codes import CloseCode
from schemas.messages import TOPIC_MESSAGES

PAGE = Path(document.__file__).parent / "README.md"
KINDS = [*socket.ACTIONS.values(), *socket.SERVER_MESSAGES, *document.SOCKET_PARTS, messages.Word, messages.Prosody]
KINDS += [kind for kinds in TOPIC_MESSAGES.values() for kind in kinds]
ROUTE = re.compile(r"\bweb\.(get|post|delete)\(\s*\"([^\"]+)\"")
STALE = "run `python -m dragoman.reference`"


@pytest.fixture
def page() -> str:
    return PAGE.read_text()


@pytest.mark.parametrize("name", document.tables())
def test_every_table_of_the_page_is_current(page: str, name: str) -> None:
    assert document.placed(page, name, document.tables()[name]) == page, STALE


def test_every_message_is_on_the_page(page: str) -> None:
    assert not [kind for kind in KINDS if f"#### `{document.title(kind)}`\n" not in page]


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_has_a_sentence_of_its_own(kind: type[msgspec.Struct]) -> None:
    sentences = document.field_sentences(kind)
    assert set(sentences) == {field.name for field in msgspec.structs.fields(kind)}
    assert all(sentence.endswith(".") for sentence in sentences.values())


def test_every_topic_is_in_the_table_of_topics(page: str) -> None:
    assert not [topic for topic in TOPIC_MESSAGES if f"\n| `{topic}` |" not in page]


def test_every_name_in_redis_is_on_the_page(page: str) -> None:
    assert len(document.redis_names()) >= 11
    assert not [name for name in document.redis_names() if f"\n| `{name}` |" not in page]


def test_every_value_that_is_json_in_redis_is_on_the_page(page: str) -> None:
    """`a Control (JSON)` in the table of names: there is a section of that name."""
    table = "\n".join(" ".join((inspect.getdoc(each) or "").split()) for each in document.redis_names().values())
    named = set(re.findall(r"([A-Z]\w+)(?: of a stage's workers)? (?:\(JSON\)|as JSON)", table))
    assert {"Capacity", "Control", "Hole", "Lease"} < named
    known = {kind.__name__: document.title(kind) for kind in (*KINDS, *document.REDIS_VALUES)}
    assert not [name for name in named if f"#### `{known.get(name)}`\n" not in page]


@pytest.mark.parametrize("kind", document.REDIS_VALUES)
def test_every_member_of_these_has_a_sentence(kind: type[msgspec.Struct]) -> None:
    assert set(document.field_sentences(kind)) == {field.name for field in msgspec.structs.fields(kind)}


def test_every_close_code_is_on_the_page(page: str) -> None:
    assert not [code for code in CloseCode if f"\n| {code.value} | `{code.name}` |" not in page]


def test_every_error_code_is_on_the_page_with_whether_to_try_again(page: str) -> None:
    rows = [f"\n| `{code}` | {'yes' if socket.RETRYABLE[code] else 'no'} |" for code in get_args(socket.ErrorCode)]
    assert not [row for row in rows if row not in page]


def test_every_alias_is_on_the_page(page: str) -> None:
    assert not [alias for alias in socket.ACTION_ALIASES if f"(alias `{alias}`)" not in page]


def test_links_within_the_page_lead_somewhere(page: str) -> None:
    anchors = {
        line.strip("#` ").lower().replace("`", "").replace(" ", "-") for line in page.splitlines() if "# " in line
    }
    wanted = {link.split(")")[0] for link in page.split("](#")[1:]}
    assert wanted <= anchors


def test_a_table_goes_between_its_markers_and_nothing_else_moves() -> None:
    page = "above\n<!-- topics -->\nold\n<!-- end of topics -->\nbelow\n"
    placed = document.placed(page, "topics", "new\n")
    assert placed == "above\n<!-- topics -->\n\nnew\n\n<!-- end of topics -->\nbelow\n"
    assert document.placed(placed, "topics", "new") == placed


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="'topics'"):
        document.placed("# A page\n", "topics", "new")


def test_an_inherited_member_keeps_its_sentence() -> None:
    assert document.field_sentences(socket.HeartbeatAck)["request_id"].startswith("As in the request")


def test_every_route_of_the_gateway_is_on_the_page(page: str) -> None:
    """By the text of its sources: schemas know no gateway."""
    gateway = PAGE.parents[1] / "gateway"
    routes = [route for source in gateway.rglob("*.py") for route in ROUTE.findall(source.read_text())]
    assert len(routes) >= 5
    assert not [route for route in routes if f"`{route[0].upper()} {route[1]}`" not in page]
