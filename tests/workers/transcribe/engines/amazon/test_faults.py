"""The bad days of Transcribe: each is an error of ours, in time, and the next session is heard."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.audio import samples
from tests.gateway.certificate import write_certificate
from tests.workers.amazon.signatures import REGION
from tests.workers.amazon.transcribe_peer import Faults, TranscribePeer
from tests.workers.transcribe.engines.amazon.conftest import Make
from tests.workers.transcribe.engines.amazon.test_recogniser import SPEECH, silence, tone
from tests.workers.transcribe.engines.speech import feed, finals_of
from workers.amazon.account import Account
from workers.errors import AtCapacity, EngineCrashed, EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from workers.transcribe.engine import Hypothesis, Quiet, Recognition
from workers.transcribe.engines.amazon import AmazonRecogniser
from workers.transcribe.engines.amazon.recognition import StreamLimits

SOON = StreamLimits(doubt_s=0.3, idle_s=1.0)

MATRIX = {
    "a bad request": (Faults(refuse=(400, "BadRequestException")), EngineRefused),
    "too many streams": (Faults(refuse=(429, "LimitExceededException")), AtCapacity),
    "an outage": (Faults(refuse=(503, "ServiceUnavailableException")), EngineCrashed),
    "an internal failure": (Faults(refuse=(500, "InternalFailureException")), EngineCrashed),
    "a stream that took its place": (Faults(refuse=(409, "ConflictException")), EngineRefused),
    "throttling, which the library does not know": (Faults(refuse=(400, "ThrottlingException")), AtCapacity),
    "no permission": (Faults(refuse=(403, "AccessDeniedException")), EngineUnavailable),
    "old credentials": (Faults(refuse=(400, "ExpiredTokenException")), EngineUnavailable),
    "no answer": (Faults(headers="never"), EngineTimeout),
    "a connection cut before the answer": (Faults(headers="abort"), EngineTimeout),
    "a connection cut": (Faults(how="abort"), EngineCrashed),
    "a stream reset": (Faults(how="reset"), EngineCrashed),
    "a goodbye": (Faults(how="goaway"), EngineCrashed),
    "a half that is closed": (Faults(how="close"), EngineCrashed),
    "silence from then on": (Faults(how="silence"), EngineTimeout),
    "an exception in the midst": (Faults(exception="InternalFailureException"), EngineCrashed),
    "a bad request in the midst": (Faults(exception="BadRequestException"), EngineCrashed),
    "a limit in the midst": (Faults(exception="LimitExceededException"), AtCapacity),
    "an exception that nobody knows": (Faults(exception="NeverHeardOfException"), EngineCrashed),
    "a connection cut after the end": (Faults(at_end="abort"), EngineCrashed),
    "an end without last results": (Faults(at_end="hang"), EngineTimeout),
    "no audio for too long": (Faults(idle_s=0.2), EngineCrashed),
}


@pytest.mark.parametrize("what", MATRIX)
async def test_it_is_an_error_in_time_and_the_next_session_is_heard(
    what: str, make: Make, peer: TranscribePeer
) -> None:
    faults, error = MATRIX[what]
    recogniser = make(limits=SOON if faults.idle_s > 1 else StreamLimits(), start_s=3, end_s=1)
    await recogniser.start()
    peer.faults = faults
    recognition = await recogniser.open("calm-otter-101", "en", ())
    with pytest.raises(error):
        await broken(recognition, finish=bool(faults.at_end))
    with pytest.raises(error):
        await recognition.feed(10**6, tone(0.1))
    await recognition.close()
    peer.faults = Faults()
    again = await recogniser.open("calm-otter-101", "en", ())
    assert len(await finals_of(again, SPEECH)) == 2
    assert recogniser.capacity[0] == 1


async def _hear(recognition: Recognition, said: list[Hypothesis | Quiet]) -> None:
    async with asyncio.timeout(30):
        async for result in recognition.results():
            said.append(result)


async def broken(recognition: Recognition, *, finish: bool) -> None:
    """Feeds until results end with an error."""

    async def speak() -> None:
        with suppress(EngineError):
            await feed(recognition, tone(2))
            if finish:
                await recognition.finish()

    speaking = asyncio.create_task(speak())
    try:
        async with asyncio.timeout(30):
            async for result in recognition.results():
                assert not isinstance(result, Hypothesis) or not result.final
    finally:
        await speaking


async def test_what_was_said_before_the_fault_stays_said(make: Make, peer: TranscribePeer) -> None:
    recogniser = make(limits=SOON)
    await recogniser.start()
    peer.faults = Faults(how="abort", after_s=4)
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, SPEECH)
    said: list[Hypothesis | Quiet] = []
    with pytest.raises(EngineCrashed):
        await _hear(recognition, said)
    (final,) = [each for each in said if isinstance(each, Hypothesis) and each.final]
    assert final.text == "The gentle art of."
    again = await recogniser.open("calm-otter-101", "en", ())
    peer.faults = Faults()
    rest = SPEECH[2 * final.until :]
    assert len(await finals_of(again, rest, position=final.until)) == 1


async def test_a_connection_cut_after_the_end_is_no_proof_even_where_no_word_was_open(
    make: Make, peer: TranscribePeer
) -> None:
    recogniser = make()
    await recogniser.start()
    peer.faults = Faults(at_end="abort")
    recognition = await recogniser.open("calm-otter-101", "en", ())
    said: list[Hypothesis | Quiet] = []
    hearing = asyncio.create_task(_hear(recognition, said))
    await feed(recognition, silence(0.5))
    await recognition.finish()
    with pytest.raises(EngineCrashed):
        await hearing
    assert said == []


async def test_events_in_pieces_of_seven_bytes_are_events(make: Make, peer: TranscribePeer) -> None:
    recogniser = make()
    peer.faults = Faults(cut=7)
    await recogniser.start()
    assert len(await finals_of(await recogniser.open("calm-otter-101", "en", ()), SPEECH)) == 2


async def test_a_session_that_closes_early_leaves_no_stream_open(make: Make, peer: TranscribePeer) -> None:
    recogniser = make()
    await recogniser.start()
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, tone(1))
    async for _ in recognition.results():
        break
    await recognition.close()
    async with asyncio.timeout(10):
        while not peer.streams[-1].ended:  # noqa: ASYNC110  # the peer's doing
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Faults(refuse=(403, "AccessDeniedException")), "permission: .* transcribe:StartStreamTranscription"),
        (Faults(refuse=(403, "UnrecognizedClientException")), "credentials: "),
        (Faults(refuse=(429, "LimitExceededException")), "quota: "),
    ],
)
async def test_the_start_says_what_is_wrong(fault: Faults, words: str, make: Make, peer: TranscribePeer) -> None:
    peer.faults = replace(fault)
    with pytest.raises(EngineUnavailable, match=words):
        await make().start()


async def test_a_port_that_nobody_listens_on_is_told(unused_tcp_port: int) -> None:
    account = Account(REGION, {"transcribe": f"https://127.0.0.1:{unused_tcp_port}"})
    with pytest.raises(EngineUnavailable, match="region or network: AWS_IO_SOCKET_CONNECTION_REFUSED"):
        await AmazonRecogniser(account).start()


async def test_without_credentials_or_a_region_the_start_says_so(
    monkeypatch: pytest.MonkeyPatch, peer: TranscribePeer
) -> None:
    with pytest.raises(EngineUnavailable, match=r"region: .* DRAGOMAN_AMAZON_REGION"):
        await AmazonRecogniser(Account("", {"transcribe": peer.url}, peer.ca)).start()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(EngineUnavailable, match="credentials: none are found"):
        await AmazonRecogniser(Account(REGION, {"transcribe": peer.url}, peer.ca)).start()


async def test_a_peer_with_another_certificate_is_not_talked_to(peer: TranscribePeer, tmp_path: Path) -> None:
    other = write_certificate(tmp_path / "other").tls_cert
    with pytest.raises(EngineUnavailable):
        await AmazonRecogniser(Account(REGION, {"transcribe": peer.url}, other), start_s=1).start()
    assert not peer.streams


def test_the_speech_of_these_tests_is_what_they_say() -> None:
    assert samples(SPEECH) == 16_000 * 5.6
    assert samples(silence(1)) == 16_000
