"""Records that nobody can read."""

from typing import Final

from aiokafka import AIOKafkaProducer

from dragoman.ops.records import find_session

POISON: Final = b"\xff{"
HEADERS: Final = [("kind", b"frame"), ("position", b"many")]
"""Neither the value nor these make a message of any topic."""


async def spoil(kafka: str, topic: str, code: str) -> None:
    """Puts one into a topic, in the name of the session `code`. Raises DragomanError, KafkaError."""
    session = await find_session(kafka, code)
    key, partition = session.session_id.encode(), session.partition
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        await producer.send_and_wait(topic, POISON, key=key, partition=partition, headers=HEADERS)
    finally:
        await producer.stop()
