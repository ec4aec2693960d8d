"""Real Kafka and Redis for tests: containers where a Docker engine answers, else the servers of `dragoman up`.

`DRAGOMAN_TEST_SERVERS=docker|local` decides otherwise.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dragoman.local.broker import VERSION, fetch_jars, prepare_broker
from dragoman.local.ports import free_ports
from dragoman.local.redis_server import prepare_redis
from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.reach import Probe, kafka_trouble, redis_trouble, until_fine

START_TIMEOUT_S = 300.0


def kind_of_servers() -> str:
    """`docker` or `local`."""
    return os.environ.get("DRAGOMAN_TEST_SERVERS") or ("docker" if _docker_answers() else "local")


@contextmanager
def kafka_server(folder: Path) -> Iterator[str]:
    """A running broker as `host:port`; it keeps its files in `folder`."""
    if kind_of_servers() == "docker":
        with _kafka_container() as address:
            yield address
        return
    port, controller_port = free_ports(2)
    argv = prepare_broker(folder, fetch_jars(lambda line: None), port, controller_port)
    address = f"127.0.0.1:{port}"
    with running(argv, folder / "output.log", lambda: kafka_trouble(address)):
        yield address


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A running Redis as `redis://…`; it keeps its files in `folder`."""
    if kind_of_servers() == "docker":
        with _redis_container() as url:
            yield url
        return
    (port,) = free_ports(1)
    url = f"redis://127.0.0.1:{port}/0"
    with running(prepare_redis(folder, port), folder / "output.log", lambda: redis_trouble(url)):
        yield url


@contextmanager
def running(argv: Sequence[str], log: Path, probe: Probe) -> Iterator[subprocess.Popen[bytes]]:
    """A child that `probe` finds well; it dies with this process, also when that is killed."""
    with ExitStack() as stack:
        output = stack.enter_context(log.open("ab"))
        child = subprocess.Popen(
            dying_with_parent(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        stack.callback(child.wait)
        stack.callback(child.kill)
        wait(until_fine(probe, START_TIMEOUT_S))
        yield child


def wait(coroutine: Any) -> Any:
    """Runs a coroutine to its end from synchronous code, apart from the loop that pytest-asyncio keeps here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def _kafka_container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    (port,) = free_ports(1)
    container = DockerContainer(f"apache/kafka:{VERSION}").with_bind_ports(port, port)
    address = f"{container.get_container_host_ip()}:{port}"
    settings = {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{address}",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    for name, value in settings.items():
        container.with_env(name, value)
    with container:
        wait(until_fine(lambda: kafka_trouble(address), START_TIMEOUT_S))
        yield address


@contextmanager
def _redis_container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    command = "redis-server --appendonly yes --maxmemory-policy noeviction"
    with DockerContainer("redis:7").with_exposed_ports(6379).with_command(command) as container:
        url = f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
        wait(until_fine(lambda: redis_trouble(url), START_TIMEOUT_S))
        yield url
