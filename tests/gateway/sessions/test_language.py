"""Which language a session has, by what Redis says and what is known here."""

import pytest
from msgspec.structs import replace

from gateway.sessions.language import not_forgotten, with_detected
from tests.dragoman.transcripts.spoken import SESSION

ASKED = replace(SESSION, source_language="auto", language_since=16_000)
FOUND = replace(ASKED, source_language="es", detected=True)


def test_what_was_found_out_since_it_was_asked_for_is_the_language() -> None:
    assert with_detected(ASKED, "es 16001") == FOUND


@pytest.mark.parametrize("detected", ["", "es", "es 16000"])
def test_what_was_found_out_before_is_not(detected: str) -> None:
    assert with_detected(ASKED, detected) == ASKED


def test_what_was_chosen_is_the_language_whatever_was_found_out() -> None:
    assert with_detected(SESSION, "es 16001") == SESSION


def test_a_redis_that_forgot_does_not_make_a_language_unknown() -> None:
    assert not_forgotten(ASKED, FOUND) == FOUND
    assert not_forgotten(ASKED, ASKED) == ASKED


def test_what_was_found_out_is_unknown_again_when_that_is_asked_for() -> None:
    again = replace(ASKED, language_since=32_000)
    assert not_forgotten(again, FOUND) == again
    assert not_forgotten(replace(FOUND, source_language="fr", detected=False), FOUND).source_language == "fr"
