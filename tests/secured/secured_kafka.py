"""One real broker that can be reached in every way that operators have, and asks everybody what they may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from dragoman.kafka.topics import apply_topics
from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.ports import free_ports
from dragoman.runtime.reach import kafka_trouble
from schemas.topics import topics
from tests.conftest import PARTITIONS
from tests.secured.certificates import Authority
from tests.servers import running, wait

USERS = Path(__file__).parents[2] / "deploy/k8s/components/strimzi/users.yaml"
PASSWORD = "a password with ünlike characters"
WAYS = {"PLAINTEXT": "PLAINTEXT", "TLS": "SSL", "BOTH": "SSL", "SASL": "SASL_SSL", "BARE": "SASL_PLAINTEXT"}
"""Name of a listener to its protocol. BOTH: both sides show certificates."""

_PROPERTIES = """
listeners=CONTROLLER://127.0.0.1:{controller},{listeners}
advertised.listeners={listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{protocols}
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.both.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
{modules}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required {users};"
_RESOURCE = {"topic": 2, "group": 3}
_OPERATION = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
_ALLOW, _LITERAL = 3, 3


class SecuredKafka(NamedTuple):
    """Addresses by the name of their listener."""

    at: dict[str, str]


def rights() -> dict[str, list[dict[str, Any]]]:
    """User to what the manifests let it do."""
    users = yaml.safe_load_all(USERS.read_text())
    return {user["metadata"]["name"]: user["spec"]["authorization"]["acls"] for user in users}


@contextmanager
def secured_kafka(folder: Path, authority: Authority) -> Iterator[SecuredKafka]:
    """A running broker that has the topics, and the users of the manifests with their rights."""
    controller, *ports = free_ports(1 + len(WAYS))
    at = {name: f"127.0.0.1:{port}" for name, port in zip(WAYS, ports, strict=True)}
    pair = authority.signed("broker")
    keystore = folder / "broker.pem"
    keystore.write_text(Path(pair.key).read_text() + Path(pair.cert).read_text())
    users = [*rights()]
    modules = [
        f"listener.name.{listener}.{mechanism}.sasl.jaas.config={module}"
        for listener in ("sasl", "bare")
        for mechanism, module in (
            ("scram-sha-512", _SCRAM),
            ("scram-sha-256", _SCRAM),
            ("plain", _PLAIN.format(users=" ".join(f'user_{user}="plain {user}"' for user in users))),
        )
    ]
    more = _PROPERTIES.format(
        controller=controller,
        listeners=",".join(f"{name}://{address}" for name, address in at.items()),
        protocols=",".join(f"{name}:{protocol}" for name, protocol in WAYS.items()),
        keystore=keystore,
        ca=authority.ca,
        modules="\n".join(modules),
    )
    known = [
        f"{kind}=[name={user},password={PASSWORD}]" for user in users for kind in ("SCRAM-SHA-512", "SCRAM-SHA-256")
    ]
    argv = prepare_broker(folder / "kafka", fetch_jars(lambda line: None), ports[0], controller, more=more, users=known)
    with running(argv, folder / "kafka.log", lambda: kafka_trouble(at["PLAINTEXT"])):
        wait(_furnish(at["PLAINTEXT"]))
        yield SecuredKafka(at)


async def _furnish(address: str) -> None:
    await apply_topics(address, topics(24, 168), PARTITIONS, 1)
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        for user, granted in rights().items():
            for right in granted:
                kind, name = _RESOURCE[right["resource"]["type"]], right["resource"]["name"]
                for operation in right["operations"]:
                    request = CreateAclsRequest(
                        kind, name, _LITERAL, f"User:{user}", "*", _OPERATION[operation], _ALLOW
                    )
                    answer: Any = await admin._send_request(request)
                    assert [code for code, _ in answer.creation_responses] == [0]
    finally:
        await admin.close()
