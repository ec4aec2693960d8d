"""Three real Kafka nodes, each broker and controller: every record lies on three, and is acknowledged by two."""

import os
from pathlib import Path
from typing import Final
from uuid import uuid4

from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.child import ChildProgram
from dragoman.local.ports import free_ports
from dragoman.local.supervisor import Say

# What stands last in a file of properties counts.
_OF_A_CLUSTER: Final = """\
node.id={node}
controller.quorum.voters={voters}
min.insync.replicas=2
default.replication.factor={brokers}
offsets.topic.replication.factor={brokers}
transaction.state.log.replication.factor={brokers}
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor={brokers}
share.coordinator.state.topic.min.isr=2
"""
_PATIENCE_S: Final = 20.0


def cluster(data: Path, brokers: int, say: Say) -> dict[str, ChildProgram]:
    """Address to the program of each node, `kafka-1` and so on; nothing runs afterwards."""
    jars, cluster_id, ports = fetch_jars(say), uuid4().hex[:22], free_ports(2 * brokers)
    pairs = list(zip(ports[:brokers], ports[brokers:], strict=True))
    voters = ",".join(f"{node}@127.0.0.1:{controller}" for node, (_, controller) in enumerate(pairs, 1))
    programs = {}
    for node, (port, controller) in enumerate(pairs, 1):
        more = _OF_A_CLUSTER.format(node=node, voters=voters, brokers=brokers)
        folder = data / f"kafka-{node}"
        argv = prepare_broker(folder, jars, port, controller, more=more, cluster_id=cluster_id)
        environment = {**os.environ, "DRAGOMAN_DATA": str(data.absolute())}
        programs[f"127.0.0.1:{port}"] = ChildProgram(f"kafka-{node}", argv, environment, _PATIENCE_S)
    return programs
