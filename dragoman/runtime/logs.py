"""Structured logs on stderr: an event name and fields, never words that someone spoke."""

import logging
import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

import structlog
from prometheus_client import Counter

AGAIN_S: Final = 10.0
_CHATTY: Final = "aiokafka"
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
    handler.addFilter(_Seldom(time.monotonic))
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


class _Seldom(logging.Filter):
    """While a broker is away aiokafka says the same some hundred times a second: it is heard once in 10 s."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        super().__init__()
        self._clock = clock
        self._heard: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written. What is said is told by its pattern, of which there are few."""
        if not record.name.startswith(_CHATTY):
            return True
        now, said = self._clock(), str(record.msg)
        if now - self._heard.get(said, -AGAIN_S) < AGAIN_S:
            return False
        self._heard[said] = now
        return True
