"""What a client's text frame asks for."""

import re
from typing import Any

import msgspec

from gateway.errors import RefusedError, RequestId
from schemas.socket import ACTION_ALIASES, ACTIONS, ClientMessage

_decoder: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(ClientMessage)
_MEMBER = re.compile(r"at `\$((?:\.\w+|\[\.\.\.\]|\[\d+\])+)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


def read(text: str) -> ClientMessage:
    """The action in a text frame. Raises RefusedError with the request's id where it can be read."""
    try:
        action: ClientMessage = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return _read_loosely(text)
    return action


def _read_loosely(text: str) -> ClientMessage:
    try:
        members = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise RefusedError("bad-message", "The message is not JSON.") from None
    if not isinstance(members, dict):
        raise RefusedError("bad-message", "The message is not a JSON object.")
    try:
        return _action(members)
    except RefusedError as error:
        error.request_id = _request_id(members)
        raise


def _action(members: dict[str, Any]) -> ClientMessage:
    name = members.get("action")
    if not isinstance(name, str):
        raise RefusedError("bad-message", "The member `action` is missing or not a string.")
    kind = ACTIONS.get(ACTION_ALIASES.get(name, name))
    if kind is None:
        raise RefusedError("unknown-action", "There is no such action: see the protocol for those that there are.")
    try:
        return msgspec.convert(members | {"action": ACTION_ALIASES.get(name, name)}, kind)
    except msgspec.ValidationError as error:
        raise RefusedError("bad-message", fault(str(error))) from None


def fault(reason: str) -> str:
    """Names the member, never its content: msgspec's text may hold it."""
    member, missing = _MEMBER.search(reason), _MISSING.search(reason)
    if missing:
        return f"The member `{missing[1]}` is missing."
    if member:
        return f"The member `{member[1].lstrip('.')}` is not of the type that the protocol says."
    return "A member is not of the type that the protocol says."


def _request_id(members: dict[str, Any]) -> RequestId:
    request_id = members.get("requestId")
    return request_id if isinstance(request_id, str | int) and not isinstance(request_id, bool) else None
