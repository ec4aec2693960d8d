"""What the HTTP server has to say about requests that went wrong."""

import logging
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from gateway import metrics

log = structlog.get_logger()


class QuietLogger(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's logger. It would write an error with a traceback, and what the client sent, for all that is no HTTP."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))

    def exception(self, msg: object, *args: Any, exc_info: Any = True, **more: Any) -> None:
        """Counts what is the client's fault; logs what is ours."""
        if isinstance(exc_info, HttpProcessingError):
            metrics.NO_HTTP.inc()
        else:
            log.error("site.fault", exc_info=exc_info)
