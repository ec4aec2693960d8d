"""What `dragoman up` starts: each process with its ports and its environment, decided before anything is started."""

import os
import sys
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import islice

from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.child import ChildProgram
from dragoman.local.folder import SCRATCH, kept_secret, sweep
from dragoman.local.ports import free_ports, trouble_with
from dragoman.local.redis_server import prepare_redis
from dragoman.local.supervisor import Say
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from schemas.topics import STAGES

_KAFKA_PATIENCE_S, _REDIS_PATIENCE_S, _GATEWAY_PATIENCE_S, _WORKER_PATIENCE_S = 20.0, 10.0, 15.0, 20.0
_NEAR = 1_000  # ports that are looked at for free ones behind the usual operator port


@dataclass(frozen=True)
class Part:
    """One process of ours."""

    program: ChildProgram
    operator_port: int


@dataclass(frozen=True)
class Plan:
    """All processes of one machine."""

    url: str
    """Of the gateway, as seen from this machine."""
    kafka: str
    redis: str
    servers: tuple[ChildProgram, ...]
    """Kafka and Redis, as far as none are given."""
    gateway: Part
    workers: tuple[Part, ...]
    ops: Part
    """Watches the others. Nobody waits for it."""
    ops_url: str
    """Of the operators' page."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All processes of ours that speakers and listeners need."""
        return (self.gateway, *self.workers)

    @property
    def stop_order(self) -> list[list[str]]:
        """Names of those that are stopped together: who speaks first, who remembers last."""
        return [
            [self.gateway.program.name, self.ops.program.name],
            [part.program.name for part in self.workers],
            ["redis"],
            ["kafka"],
        ]


def count_workers(text: str) -> dict[str, int]:
    """Stage to number of workers, from `transcribe=2,translate=1`; one where nothing is said. Raises DragomanError."""
    counts = dict.fromkeys(STAGES, 1)
    for item in filter(None, (item.strip() for item in text.split(","))):
        stage, _, number = item.partition("=")
        if stage not in STAGES or not number.isdecimal():
            raise DragomanError(f"--workers {item}: write STAGE=NUMBER, with one of {', '.join(STAGES)}")
        counts[stage] = int(number)
    return counts


def make_plan(settings: Settings, say: Say) -> Plan:
    """Gives every process its name, port and environment, and prepares the servers' files; nothing runs afterwards.

    Raises DragomanError when a port is taken or a program is missing.
    """
    counts = count_workers(settings.workers)
    port = settings.port or free_ports(1)[0]
    operator_ports = _operator_ports(settings, 2 + sum(counts.values()), port)
    ops_port = _ops_port(settings, {port, *operator_ports})
    troubles = [
        _trouble(settings.host, [port], "port", "port"),
        _trouble(settings.operator_host, operator_ports, "operator port", "operator_port"),
        _trouble(settings.ops_host, [ops_port], "port of the operators' page", "ops_port"),
    ]
    if any(troubles):
        raise DragomanError("; ".join(filter(None, troubles)))
    if settings.log_level == "debug":
        say(f"operator ports {' '.join(map(str, operator_ports))}")
    servers, kafka, redis = _servers(settings, say)
    sweep(settings.data)
    shared = settings.model_copy(
        update={
            "kafka": kafka,
            "redis": redis,
            "port": port,
            "ops_port": ops_port,
            "data": settings.data.absolute(),
            "secret": settings.secret or kept_secret(settings.data),
            "drain_s": 0,  # there is no other gateway that its clients could go to
        }
    )
    names = ["gateway", *(f"{stage}-{index}" for stage, count in counts.items() for index in range(count)), "ops"]
    gateway, *workers, ops = (_part(shared, name, port) for name, port in zip(names, operator_ports, strict=True))
    page = f"http://{_bracketed(reachable(settings.ops_host))}:{ops_port}/ops"
    return Plan(_url(settings, port), kafka, redis, servers, gateway, tuple(workers), ops, page)


def _part(shared: Settings, name: str, operator_port: int) -> Part:
    """The gateway, `ops`, or a worker whose name is its stage and number."""
    own = shared.model_copy(update={"instance": name, "operator_port": operator_port})
    modules = {"gateway": ("gateway",), "ops": ("dragoman.cli", "ops")}
    module = modules.get(name, (f"workers.{name.rpartition('-')[0]}",))
    patience_s = _GATEWAY_PATIENCE_S if name == "gateway" else _WORKER_PATIENCE_S
    scratch = {"TMPDIR": str(shared.data / SCRATCH)}  # what a killed process leaves is swept away with it
    environment = {**os.environ, **own.environment(), **scratch, "PYTHONUNBUFFERED": "1"}
    return Part(ChildProgram(name, (sys.executable, "-m", *module), environment, patience_s), operator_port)


def _servers(settings: Settings, say: Say) -> tuple[tuple[ChildProgram, ...], str, str]:
    """What is to be started of Kafka and Redis, and the addresses of both."""
    programs, kafka, redis = [], settings.kafka, settings.redis
    environment = {**os.environ, "DRAGOMAN_DATA": str(settings.data.absolute())}  # tells whose processes they are
    port, controller_port, redis_port = free_ports(3)
    if not kafka:
        kafka = f"127.0.0.1:{port}"
        argv = prepare_broker(settings.data / "kafka", fetch_jars(say), port, controller_port)
        programs.append(ChildProgram("kafka", argv, environment, _KAFKA_PATIENCE_S))
    if not redis:
        redis = f"redis://127.0.0.1:{redis_port}/0"
        argv = prepare_redis(settings.data / "redis", redis_port)
        programs.append(ChildProgram("redis", argv, environment, _REDIS_PATIENCE_S))
    return tuple(programs), kafka, redis


def _operator_ports(settings: Settings, count: int, gateway_port: int) -> list[int]:
    """The gateway's and those of the workers, which follow it; what is taken is passed over unless it was said."""
    if not settings.operator_port:
        return [port for port in free_ports(count + 1) if port != gateway_port][:count]
    if "operator_port" not in settings.model_fields_set:
        near = range(settings.operator_port, settings.operator_port + _NEAR)
        free = (p for p in near if p != gateway_port and not trouble_with(p, settings.operator_host))
        if len(ports := list(islice(free, count))) == count:
            return ports
    ports = list(range(settings.operator_port, settings.operator_port + count))
    if gateway_port in ports:
        raise DragomanError(
            f"port {gateway_port} of the gateway is one of the operator ports {ports[0]} to {ports[-1]}: "
            "give another --operator-port (DRAGOMAN_OPERATOR_PORT)"
        )
    return ports


def _ops_port(settings: Settings, taken: Container[int]) -> int:
    """Of the operators' page; what is taken is passed over unless it was said."""
    said = "ops_port" in settings.model_fields_set
    if not settings.ops_port or (not settings.port and not said):  # who wants any ports wants no usual one here
        return next(port for port in free_ports(2) if port not in taken)
    if said:
        if settings.ops_port in taken:
            raise DragomanError(
                f"port {settings.ops_port} is the gateway's, or an operator port: give another --ops-port"
            )
        return settings.ops_port
    near = range(settings.ops_port, settings.ops_port + _NEAR)
    free = (port for port in near if port not in taken and not trouble_with(port, settings.ops_host))
    return next(free, settings.ops_port)


def _trouble(host: str, ports: Sequence[int], what: str, setting: str) -> str:
    """Why not all of `ports` can be had and how to get others, or nothing."""
    troubles = {port: trouble for port in ports if (trouble := trouble_with(port, host))}
    if not troubles:
        return ""
    named = "; ".join(f"{what} {port} {trouble} on {host}" for port, trouble in troubles.items())
    option = f"--{setting.replace('_', '-')} (DRAGOMAN_{setting.upper()}; 0: any free one)"
    return f"{named}: stop what uses {'it' if len(troubles) == 1 else 'them'}, or give another {option}"


def _url(settings: Settings, port: int) -> str:
    host = reachable(settings.host)
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{_bracketed(host)}:{port}"


def _bracketed(host: str) -> str:
    """As it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
