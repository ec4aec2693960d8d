"""The real client library, before a peer that checks each request against the model of the service."""

import asyncio

import pytest

from tests.workers.amazon.rest_peer import Faults, RestPeer
from tests.workers.translate.engines.amazon.conftest import Make
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineThrottled, EngineTimeout, EngineUnavailable
from workers.translate.engines.amazon.translator import Style


async def test_it_offers_what_amazon_lists_on_however_many_pages(make: Make, peer: RestPeer) -> None:
    peer.pages = True
    translator = make()
    await translator.start()
    assert translator.sources == {"en", "es", "fr", "de", "ca", "pt", "zh", "no"}
    assert translator.targets("en") >= {"es", "es-MX", "pt-PT", "zh-TW"}
    assert "en" not in translator.targets("en")
    assert translator.targets("tlh") == frozenset()
    assert [call.operation for call in peer.calls] == ["ListLanguages", "ListLanguages", "TranslateText"]


async def test_what_is_asked_for_is_in_the_request(make: Make, peer: RestPeer) -> None:
    translator = make(style=Style("formal", brevity=True, profanity=True), terminology="house")
    await translator.start()
    assert await translator.translate("How are you?", "en", "es-MX") == "How are you (es-MX)"
    assert peer.calls[-1].request == {
        "Text": "How are you?",
        "SourceLanguageCode": "en",
        "TargetLanguageCode": "es-MX",
        "Settings": {"Formality": "FORMAL", "Brevity": "ON", "Profanity": "MASK"},
        "TerminologyNames": ["house"],
    }


async def test_a_text_beyond_the_limit_goes_sentence_by_sentence(make: Make, peer: RestPeer) -> None:
    translator = make()
    await translator.start()
    before = len(peer.calls)
    sentence = "This is a sentence that is said again."
    answer = await translator.translate(" ".join([sentence] * 300), "en", "es")
    assert answer.count("(es)") == len(peer.calls) - before == 300
    await translator.translate("é" * 5_000, "en", "es")
    assert len(peer.calls) - before == 301


async def test_no_more_calls_than_are_allowed_are_under_way_and_connections_are_used_again(
    make: Make, peer: RestPeer
) -> None:
    translator = make(calls=4)
    await translator.start()
    warm = set(peer.peers)
    peer.faults.delay_s = 0.02
    await translator.translate("one", "en", "es")
    assert peer.peers == warm, "the first call opened a connection of its own"
    await asyncio.gather(*(translator.translate(f"text {number}", "en", "es") for number in range(40)))
    assert peer.most_at_once == 4
    assert len(peer.peers) <= 4


MATRIX = {
    "throttled": (Faults("ThrottlingException"), EngineThrottled),
    "too many": (Faults("TooManyRequestsException"), EngineThrottled),
    "an outage": (Faults("ServiceUnavailableException", 503), EngineCrashed),
    "an internal failure": (Faults("InternalServerException", 500), EngineCrashed),
    "no permission": (Faults("AccessDeniedException"), EngineUnavailable),
    "old credentials": (Faults("ExpiredTokenException"), EngineUnavailable),
    "a pair that there is not": (Faults("UnsupportedLanguagePairException"), EngineRefused),
    "an error that nobody knows": (Faults("NeverHeardOfException"), EngineRefused),
    "a connection cut": (Faults(cut=True), EngineCrashed),
    "no answer": (Faults(delay_s=7), EngineTimeout),
}


@pytest.mark.parametrize("what", MATRIX)
async def test_a_bad_day_is_one_call_and_an_error_and_then_it_works_again(
    what: str, make: Make, peer: RestPeer
) -> None:
    """The library asks no second time: whether to is decided elsewhere."""
    faults, error = MATRIX[what]
    translator = make(timeout_s=5)
    await translator.start()
    before, peer.faults = len(peer.calls), faults
    with pytest.raises(error):
        await translator.translate("one", "en", "es")
    assert len(peer.calls) == before + 1
    peer.faults = Faults()
    assert await translator.translate("one", "en", "es") == "one (es)"


async def test_a_throttled_call_says_when_to_come_back(make: Make, peer: RestPeer) -> None:
    translator = make()
    await translator.start()
    peer.faults = Faults("ThrottlingException", retry_after="7")
    with pytest.raises(EngineThrottled) as raised:
        await translator.translate("one", "en", "es")
    assert raised.value.retry_after_s == 7
    assert not raised.value.retryable
    before = len(peer.calls)
    with pytest.raises(EngineThrottled):
        await translator.translate("two", "en", "es")
    assert len(peer.calls) == before, "it was asked sooner than it said"


async def test_a_cancelled_call_keeps_its_place_until_it_is_over(make: Make, peer: RestPeer) -> None:
    translator = make(calls=1, timeout_s=5)
    await translator.start()
    peer.faults.delay_s = 0.3
    cancelled = asyncio.create_task(translator.translate("one", "en", "es"))
    while not peer.at_once:  # noqa: ASYNC110  # the peer's doing
        await asyncio.sleep(0.01)
    cancelled.cancel()
    peer.faults.delay_s = 0
    assert await translator.translate("two", "en", "es") == "two (es)"
    assert peer.most_at_once == 1


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults("AccessDeniedException"), "permission: .* translate:ListLanguages and translate:TranslateText"),
        (Faults("UnrecognizedClientException"), "credentials: Amazon does not accept them"),
        (Faults("ThrottlingException"), "quota: "),
        (Faults("InternalServerException", 500), "InternalServerException"),
    ],
)
async def test_the_start_says_what_is_wrong(faults: Faults, words: str, make: Make, peer: RestPeer) -> None:
    peer.faults = faults
    with pytest.raises(EngineUnavailable, match=words):
        await make().start()


async def test_after_its_end_it_says_so(make: Make, peer: RestPeer) -> None:
    translator = make()
    await translator.start()
    await translator.close()
    with pytest.raises(EngineError):
        await translator.translate("one", "en", "es")
