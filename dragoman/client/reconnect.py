"""When to come back after a lost socket: the table of close codes, as seconds to wait."""

import random

from schemas.close_codes import CloseCode

FIRST_S = 0.25
LONGEST_S = 5.0
AFTER_A_PAUSE_S = 5.0


def wait_before_return(code: int, attempt: int, *, renewed: bool = False) -> float | None:
    """Seconds to wait before attempt `attempt` (from 0) after a socket closed with `code`; None: do not come back.

    `renewed`: the client has a new credential for every socket. A code that the table does not know counts as a lost
    connection if it is a general one (below 4000).
    """
    advice = _advice(code)
    if advice == "no" or (advice.startswith("after a new ticket") and not renewed):
        return None
    if advice.startswith("yes, after a pause"):
        return AFTER_A_PAUSE_S * random.uniform(1, 1.5)
    if advice.startswith("yes, now") and attempt == 0:
        return 0.0
    # Jitter keeps a hall full of clients from coming back in the same instant.
    return min(LONGEST_S, FIRST_S * 2.0**attempt) * random.uniform(0.5, 1)


def _advice(code: int) -> str:
    known = next((known for known in CloseCode if known == code), None)
    if known is not None:
        return known.reconnect
    return CloseCode.LOST.reconnect if code < 4000 else "no"
