"""How many files the system lets this process have open: each connection is one."""

import resource

import structlog

log = structlog.get_logger()

BESIDE = 256
"""What is open beside the sockets: Kafka, Redis, files, and connections that have no socket yet."""


def raise_descriptors(sockets: int) -> None:
    """Takes as many as the process may; a gateway that can hold fewer sockets than it is set to says so."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + BESIDE
    if soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        log.warning("gateway.few_descriptors", have=most, wanted=wanted)
