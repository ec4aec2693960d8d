"""Casing and the mark at the end."""

import pytest

from workers.transcribe.engines.embedded.truecase import truecase


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("sunday is the best part of the week", "Sunday is the best part of the week."),
        ("he said i'm tired and i was", "He said I'm tired and I was."),
        ("the american and the london office", "The American and the London office."),
        ("london's weather in may", "London's weather in May."),
        ("we may march on", "We may march on."),
        ("in may i was there", "In May I was there."),
        ("we met mister dashwood", "We met Mr Dashwood."),
        ("the doctor is here", "The doctor is here."),
        ("she lives in new york", "She lives in New York."),
        ("the new house", "The new house."),
        ("it's in january's issue", "It's in January's issue."),
        ("where are you going", "Where are you going?"),
        ("do you speak french", "Do you speak French?"),
        ("what joy there is in living", "What joy there is in living."),
        ("do it now", "Do it now."),
        ("had he married a more amiable woman", "Had he married a more amiable woman."),
        ("five", "Five."),
    ],
)
def test_a_final_is_cased_and_ended(heard: str, written: str) -> None:
    assert truecase(heard.split(), final=True) == written


def test_a_partial_has_no_mark_at_its_end() -> None:
    assert truecase(["sunday", "is"], final=False) == "Sunday is"


def test_nothing_heard_is_nothing_written() -> None:
    assert truecase([], final=True) == ""


def test_words_stay_words() -> None:
    heard = "on monday mister smith's friend from new york may ask what i'd do"
    assert truecase(heard.split(), final=True).count(" ") == heard.count(" ")
