"""A log that cannot be written costs its lines and nothing else."""

import subprocess
import sys

LOGS = """
import sys
import structlog
from dragoman.runtime.logs import configure_logs
configure_logs("info", "json", process="test")
log = structlog.get_logger()
for number in range(3):
    log.info("said", number=number)
sys.stderr = None
from prometheus_client import REGISTRY
print(REGISTRY.get_sample_value("dragoman_log_lines_dropped_total"))
log.info("%d")
"""


def test_lines_on_a_full_disk_are_dropped_and_counted() -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", LOGS], stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert ended.stdout == "3.0\n"


def test_lines_are_written_where_there_is_room() -> None:
    ended = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=False)
    assert ended.stdout == "0.0\n"
    assert [line.count('"said"') for line in ended.stderr.splitlines()[:3]] == [1, 1, 1]


CHATTERS = """
import logging
from dragoman.runtime.logs import configure_logs
configure_logs("info", "json")
for name in ("aiokafka", "aiokafka.consumer.fetcher", "ours"):
    for number in range(1000):
        logging.getLogger(name).error("node %s is away", number)
logging.getLogger("aiokafka").error("something else")
"""


def test_what_a_library_repeats_without_end_is_heard_once() -> None:
    ended = subprocess.run([sys.executable, "-c", CHATTERS], capture_output=True, text=True, check=True)
    lines = ended.stderr.splitlines()
    assert sum("is away" in line for line in lines) == 1 + 1000
    assert '"something else"' in lines[-1]
