"""Server-sent events, byte by byte."""

import pytest

from gateway.wire import events
from schemas.socket import Resume


def test_an_event_has_its_id_before_its_data() -> None:
    assert events.event(b'{"a":1}', "7-1/0-0") == b'id: 7-1/0-0\ndata: {"a":1}\n\n'
    assert events.event(b"{}") == b"data: {}\n\n"


def test_an_id_says_what_resume_says() -> None:
    assert events.resume_from(events.place("7-1", "3-1"), "who") == Resume(
        captions="7-1", revisions="3-1", listener="who"
    )


@pytest.mark.parametrize("strange", ["", "ended", "7-1"])
def test_an_id_of_somebody_else_names_no_revision(strange: str) -> None:
    assert events.resume_from(strange, "") == Resume(captions=strange)


def test_comments_and_the_time_to_wait_are_no_events() -> None:
    assert events.comment("now") == b": now\n\n"
    assert events.retry(500) == b"retry: 500\n"
