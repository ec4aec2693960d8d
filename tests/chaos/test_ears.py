"""What a listener writes down."""

import pytest

from schemas.socket import Caption
from tests.chaos.ears import noted
from tests.chaos.notes import Final


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
    given = caption(5, 99, revised=True, revision_id="3-1", id="5-10", previous="0-5")
    assert noted(given, 1.0) == Final(5, 15, "said", "ok", 1.0)
