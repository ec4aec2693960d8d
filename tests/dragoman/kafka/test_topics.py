import asyncio
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from dragoman.kafka.topics import TopicChange, apply_topics
from dragoman.runtime.errors import DragomanError
from schemas.topics import WantedTopic


def two_topics(retention_ms: int = 3_600_000) -> list[WantedTopic]:
    return [WantedTopic(f"plain-{NAME}", retention_ms), WantedTopic(f"compacted-{NAME}", -1, compacted=True)]


NAME = uuid4().hex
PARTITIONS = 3


async def config_of(kafka: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        (resource,) = answer.to_object()["resources"]
        return {entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]}
    finally:
        await admin.close()


async def configured(kafka: str, topic: str, wanted: dict[str, str]) -> None:
    """Waits until the broker tells of a change: it takes it before it tells of it."""
    async with asyncio.timeout(60):
        while not wanted.items() <= (await config_of(kafka, topic)).items():  # noqa: ASYNC110  # it is asked for
            await asyncio.sleep(0.02)


async def test_topics_are_created_once_then_kept_as_the_settings_say(kafka: str) -> None:
    plain, compacted = (topic.name for topic in two_topics())
    created = await apply_topics(kafka, two_topics(), PARTITIONS, 1)
    assert created == [TopicChange(plain, "created"), TopicChange(compacted, "created")]
    await configured(kafka, plain, {"retention.ms": "3600000"})
    await configured(kafka, compacted, {"cleanup.policy": "compact"})

    again = await apply_topics(kafka, two_topics(), PARTITIONS, 1)
    assert again == [TopicChange(plain, "exists"), TopicChange(compacted, "exists")]

    longer = await apply_topics(kafka, two_topics(7_200_000), PARTITIONS, 1)
    assert longer == [TopicChange(plain, "changed", "retention.ms=7200000"), TopicChange(compacted, "exists")]
    await configured(kafka, plain, {"retention.ms": "7200000", "cleanup.policy": "delete"})


async def test_what_an_operator_set_on_a_topic_stays_when_retention_changes(kafka: str) -> None:
    (topic,) = [WantedTopic(f"tuned-{NAME}", 1000)]
    await apply_topics(kafka, [topic], PARTITIONS, 1)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    tuned = {"retention.ms": "1000", "cleanup.policy": "delete", "min.insync.replicas": "1", "segment.ms": "60000"}
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, tuned)])
    finally:
        await admin.close()
    await configured(kafka, topic.name, tuned)
    await apply_topics(kafka, [WantedTopic(topic.name, 2000)], PARTITIONS, 1)
    await configured(kafka, topic.name, {"retention.ms": "2000", "segment.ms": "60000"})


async def test_another_number_of_partitions_is_reported_with_what_to_do_and_left_alone(kafka: str) -> None:
    topic = WantedTopic(f"other-{NAME}", 1000)
    await apply_topics(kafka, [topic], PARTITIONS, 1)
    (outcome,) = await apply_topics(kafka, [WantedTopic(topic.name, 2000)], PARTITIONS + 1, 1)
    assert outcome.state == "differs"
    assert "DRAGOMAN_PARTITIONS=3" in outcome.remark
    assert (await config_of(kafka, topic.name))["retention.ms"] == "1000"


async def test_what_kafka_refuses_is_one_line(kafka: str) -> None:
    with pytest.raises(DragomanError, match=r"topic many-.* cannot be created: .*replication"):
        await apply_topics(kafka, [WantedTopic(f"many-{NAME}", 1000)], PARTITIONS, 3)


async def test_a_bound_by_size_is_applied_to_what_is_new_and_to_what_exists(kafka: str) -> None:
    free, sized = f"free-{NAME}", f"sized-{NAME}"
    bound = {"retention_bytes": 3_145_728, "segment_bytes": 1_048_576}
    await apply_topics(kafka, [WantedTopic(free, 1000), WantedTopic(sized, 1000, **bound)], PARTITIONS, 1)
    wanted = {"retention.bytes": "3145728", "segment.bytes": "1048576"}
    await configured(kafka, sized, wanted)
    assert (await config_of(kafka, free))["retention.bytes"] == "-1"
    (outcome,) = await apply_topics(kafka, [WantedTopic(free, 1000, **bound)], PARTITIONS, 1)
    assert outcome == TopicChange(free, "changed", "retention.bytes=3145728, segment.bytes=1048576")
    await configured(kafka, free, wanted)
    (kept,) = await apply_topics(kafka, [WantedTopic(free, 1000)], PARTITIONS, 1)
    assert kept == TopicChange(free, "exists"), "what no setting says is the operator's"
