"""What a listener writes down."""

import pytest

from schemas.socket import Caption
from tests.chaos.ears import filled, noted
from tests.chaos.notes import Fill, Final


def caption(segment: int, revision: int, **members: object) -> Caption:
    fields = {"language": "es", "text": "said", "stable_chars": 0, "start_ms": 0, "end_ms": 0, "spoken_at": 0}
    fields |= {"final": True, "outcome": "ok", "reason": ""} | members
    return Caption(segment=segment, revision=revision, **fields)  # type: ignore[arg-type]  # fields


def test_a_final_of_now_accounts_for_its_samples():
    assert noted(caption(5, 10, id="5-10", previous=""), 1.0) == Final(5, 15, "said", "ok", 1.0)


@pytest.mark.parametrize("place", ["5-10", "90-10"])
def test_what_is_filled_later_is_no_repetition_of_what_was_said(place: str):
    assert noted(caption(5, 11, revised=True, revision_id="3-1", id=place, previous=place), 1.0) is None


def test_who_comes_back_is_given_it_in_the_place_of_the_final():
    """Its words may be those of a part of it only: it accounts for a hole that is to be filled to its end."""
    given = caption(5, 99, revised=True, revision_id="3-1", id="5-10", previous="0-5")
    assert noted(given, 1.0) == Final(5, 15, "", "skipped", 1.0, "replaced")
    assert filled(given, 1.0) == Fill(5, 99, "said", "ok", "", 1.0)


def test_in_which_language_it_was_said_is_noted():
    noted_ = noted(caption(5, 10, source_language="en"), 1.0)
    assert isinstance(noted_, Final)
    assert noted_.said == "en"


def test_what_comes_late_is_noted_beside_and_nothing_else_is():
    late = caption(5, 11, revised=True, revision_id="3-1", id="90-10", previous="90-10")
    assert filled(late, 1.0) == Fill(5, 11, "said", "ok", "", 1.0)
    assert filled(caption(5, 10, id="5-10", previous=""), 1.0) is None
