"""Close codes of the socket protocol."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Why the gateway closed a socket, and whether to come back."""

    def __new__(cls, value: int, meaning: str, reconnect: str) -> "CloseCode":
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning, code.reconnect = meaning, reconnect
        return code

    meaning: str
    reconnect: str

    NORMAL = 1000, "the listener left on purpose; else a proxy closed", "yes, with resume, unless it left"
    GOING_AWAY = 1001, "the gateway is going away", "yes, now, with resume"
    RESTART = 1012, "the gateway is going away (deploy)", "yes, now, with resume"
    LOST = 1006, "connection lost", "yes, with resume"
    INTERNAL = 1011, "internal error", "yes, with resume"
    NOT_UTF8 = 1007, "not UTF-8", "no"
    TOO_BIG = 1009, "message too big", "no"
    MISUSE = 4001, "protocol misuse", "no"
    NOT_ALLOWED = 4003, "not allowed (bad ticket, token expired: get a new one)", "after a new ticket"
    TOO_SLOW = 4008, "too slow: the queue to this client was over its limit", "yes, with resume"
    REPLACED = 4009, "replaced: the same speaker connected elsewhere", "no"
    SESSION_ENDED = 4010, "session ended", "no"
    TOO_MANY = 4029, "too many connections or requests", "yes, after a pause"
