"""Lets a call of the client library be cancelled.

Its engine (CRT) answers in a thread of its own, by futures; when one of them was cancelled meanwhile its answer is an
error in that thread, on stderr, and what else it had to do there is left undone. So the futures that are waited for
here are never those of the CRT.
"""

import asyncio
from collections.abc import Awaitable
from concurrent.futures import Future
from typing import Any

from amazon_transcribe import httpsession
from awscrt.http import HttpClientConnection


class PatientResponse(httpsession.AwsCrtHttpResponse):
    """The answer to a request."""

    @property
    def status_code(self) -> Awaitable[int]:
        """When it has come."""
        return asyncio.shield(super().status_code)

    @property
    def headers(self) -> Awaitable[list[tuple[str, str]]]:
        """When they have come."""
        return asyncio.shield(super().headers)

    @property
    def done(self) -> Awaitable[bool]:
        """When all has come, or AwsCrtError."""
        return asyncio.shield(super().done)

    def get_chunk(self) -> Awaitable[bytes]:
        """Of the body; empty after the last one."""
        return asyncio.shield(super().get_chunk())


class PatientConnection:
    """Makes connections."""

    @staticmethod
    def new(**options: Any) -> "Future[HttpClientConnection]":
        """Of the CRT; may be cancelled."""
        wanted: Future[HttpClientConnection] = Future()

        def tell(made: "Future[HttpClientConnection]") -> None:
            if not wanted.set_running_or_notify_cancel():
                if not made.exception():
                    made.result().close()
            elif error := made.exception():
                wanted.set_exception(error)
            else:
                wanted.set_result(made.result())

        HttpClientConnection.new(**options).add_done_callback(tell)
        return wanted


def wait_patiently(sessions: httpsession.AwsCrtHttpSessionManager) -> None:
    """From now on, in this process; the library looks the class of answers up by name for each request."""
    httpsession.AwsCrtHttpResponse = PatientResponse  # type: ignore[misc]
    sessions.HTTP_CONNECTION_CLS = PatientConnection
