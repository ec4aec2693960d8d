"""Creates the Kafka topics and keeps their retention as the settings say."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from schemas.topics import WantedTopic

_SET_ON_TOPIC = 1  # DYNAMIC_TOPIC_CONFIG of Kafka's protocol


@dataclass(frozen=True)
class TopicChange:
    """What was done about one topic."""

    topic: str
    state: Literal["created", "exists", "changed", "differs"]
    """`changed`: its retention was applied; `differs`: only a person can mend it."""
    remark: str = ""
    """What changed, or what to do."""


async def apply_topics(
    kafka: str, wanted: Sequence[WantedTopic], partitions: int, replication: int
) -> list[TopicChange]:
    """Creates what is missing and applies retention and compaction to what exists; doing it again changes nothing.

    A topic with another number of partitions is left alone and reported. Raises DragomanError when Kafka refuses.
    """
    async with _admin(kafka) as admin:
        existing = {topic["topic"]: topic for topic in await admin.describe_topics()}
        missing = [topic for topic in wanted if topic.name not in existing]
        made = await _create(admin, missing, partitions, replication)
        present = [topic for topic in wanted if topic.name not in made]
        if len(made) < len(missing):  # another process created them meanwhile
            existing = {topic["topic"]: topic for topic in await admin.describe_topics()}
        configs = await _own_configs(admin, present)
        outcomes = {topic.name: TopicChange(topic.name, "created") for topic in wanted if topic.name in made}
        for topic in present:
            found = len(existing[topic.name]["partitions"])
            outcomes[topic.name] = await _mend(admin, topic, found, partitions, configs[topic.name])
    return [outcomes[topic.name] for topic in wanted]


@asynccontextmanager
async def _admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka_connection(kafka))
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise DragomanError(f"Kafka at {kafka} refused: {error}") from error
    finally:
        await admin.close()


def _config(topic: WantedTopic) -> dict[str, str]:
    policy = "compact" if topic.compacted else "delete"
    config = {"cleanup.policy": policy, "retention.ms": str(topic.retention_ms)}
    sizes = {"retention.bytes": topic.retention_bytes, "segment.bytes": topic.segment_bytes}
    return config | {name: str(size) for name, size in sizes.items() if size is not None}


async def _create(
    admin: AIOKafkaAdminClient, missing: list[WantedTopic], partitions: int, replication: int
) -> set[str]:
    """Names of the topics that this call created."""
    if not missing:
        return set()
    new = [NewTopic(topic.name, partitions, replication, topic_configs=_config(topic)) for topic in missing]
    answer: Any = await admin.create_topics(new)
    made = set()
    for name, code, message in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            made.add(name)
        elif error is not TopicAlreadyExistsError:
            raise DragomanError(f"topic {name} cannot be created: {message or error.__name__}")
    return made


async def _own_configs(admin: AIOKafkaAdminClient, present: list[WantedTopic]) -> dict[str, dict[str, str]]:
    """Topic to the settings that are set on it, not inherited from the broker."""
    if not present:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in present]
    answers: list[Any] = await admin.describe_configs(asked)
    return {
        resource["resource_name"]: {
            entry["config_names"]: entry["config_value"]
            for entry in resource["config_entries"]
            if entry["config_source"] == _SET_ON_TOPIC
        }
        for answer in answers
        for resource in answer.to_object()["resources"]
    }


async def _mend(
    admin: AIOKafkaAdminClient, topic: WantedTopic, found: int, partitions: int, config: dict[str, str]
) -> TopicChange:
    if found != partitions:
        advice = f"has {found} partitions, not {partitions}: set DRAGOMAN_PARTITIONS={found}, or delete the topic first"
        return TopicChange(topic.name, "differs", advice)
    changes = {name: value for name, value in _config(topic).items() if config.get(name) != value}
    if not changes:
        return TopicChange(topic.name, "exists")
    # AlterConfigs replaces all that is set on a topic: what an operator has set besides is sent along.
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, config | changes)
    answers: list[Any] = await admin.alter_configs([resource])
    for answer in answers:
        for code, message, *_ in answer.resources:
            if code:
                raise DragomanError(f"topic {topic.name} cannot be changed: {message or for_code(code).__name__}")
    return TopicChange(topic.name, "changed", ", ".join(f"{name}={value}" for name, value in changes.items()))
