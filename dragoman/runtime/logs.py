"""Structured logs on stderr: an event name and fields, never words that someone spoke."""

import logging
import sys
from typing import TextIO

import structlog
from prometheus_client import Counter

_DROPPED = Counter("dragoman_log_lines_dropped_total", "Log lines that could not be written.")


def configure_logs(level: str, log_format: str, **context: str) -> None:
    """Sets up structlog and the standard library's logging alike; `context` is on every line of this process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Handler(sys.stderr)
    final: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        final.append(structlog.processors.format_exc_info)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer]))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    structlog.contextvars.bind_contextvars(**context)


class _Handler(logging.StreamHandler[TextIO]):
    """What cannot be written (a full disk, a reader that is gone) is left out and counted. The standard library would
    write a traceback for each line, to where the line could not be written."""

    def handleError(self, record: logging.LogRecord) -> None:
        """A fault in a line itself is shown: it is ours."""
        if isinstance(sys.exc_info()[1], OSError):
            _DROPPED.inc()
        else:
            super().handleError(record)
