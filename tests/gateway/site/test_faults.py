"""What the HTTP server has to say about requests that went wrong."""

from aiohttp.http_exceptions import BadStatusLine
from structlog.testing import capture_logs

from gateway.site.faults import QuietLogger


def test_what_is_no_http_is_not_logged_and_nothing_of_it() -> None:
    with capture_logs() as logged:
        QuietLogger().exception("Error handling request from %s", "203.0.113.5", exc_info=BadStatusLine("secret"))
    assert logged == []


def test_a_fault_of_ours_is_logged() -> None:
    with capture_logs() as logged:
        QuietLogger().exception("Error handling request from %s", "203.0.113.5", exc_info=KeyError("x"))
    assert [line["event"] for line in logged] == ["site.fault"]
    assert "203.0.113.5" not in str(logged)
