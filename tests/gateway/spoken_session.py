"""A session in Kafka and Redis as the stages leave it, without stages."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from gateway.gateway import Gateway
from schemas import wire
from schemas.messages import End, Message, Session
from schemas.topics import TRANSCRIPTS, TRANSLATIONS


async def produce(kafka: str, session: Session, topic: str, messages: Sequence[Message]) -> None:
    """Gives the log records of a session, in order."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for message in messages:
            value, headers = wire.encode(topic, message)
            await producer.send_and_wait(
                topic, value, key=session.session_id.encode(), headers=headers, partition=session.partition
            )


async def say(kafka: str, session: Session, *messages: Message) -> None:
    """Transcripts and translations, each to its topic; an end belongs to the language that it names."""
    for topic in (TRANSCRIPTS, TRANSLATIONS):
        await produce(kafka, session, topic, [each for each in messages if _topic(session, each) == topic])


def _topic(session: Session, message: Message) -> str:
    language = getattr(message, "language", "")
    return TRANSCRIPTS if language == session.source_language else TRANSLATIONS


async def session_of(gateway: Gateway, code: str) -> Session:
    """The session behind a code, as Redis has it."""
    assert gateway.parts
    return (await gateway.parts.lookup.by_code(code)).session


def end(language: str, position: int = 0) -> End:
    """Nothing follows in a language."""
    return End(position=position, language=language, ended_at=0)
