"""Logs of a command whose output is for a person or a pipe."""

import logging

from dragoman.runtime.logs import configure_logs


def quieten() -> None:
    """Warnings of ours go to standard error; the Kafka client's are left out: what matters becomes an error line."""
    configure_logs("warning", "console")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
