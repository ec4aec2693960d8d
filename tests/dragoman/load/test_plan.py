"""The plan of a load: it is fixed beforehand, and has what was asked for."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dragoman.load.plan import APART_S, LoadShape, listeners, session_begins_s, utterances
from dragoman.load.profiles import PROFILES, Profile

SHAPE = LoadShape(
    concurrency=4,
    listeners=3,
    languages=("es", "ca"),
    restless=0.0,
    duration_s=600.0,
    requests=0,
    ramp_s=8.0,
    warm_up_s=10.0,
)
SIMPLE = {"simple": 1.0}


def shaped(**changes: Any) -> LoadShape:
    return replace(SHAPE, **changes)


def test_sessions_begin_one_after_the_other_within_the_ramp():
    assert [session_begins_s(SHAPE, number) for number in range(4)] == [0, 2, 4, 6]


def test_the_same_seed_gives_the_same_plan_and_another_one_another():
    one = utterances(SHAPE, [PROFILES["normal"]], SIMPLE, 7)
    assert one == utterances(SHAPE, [PROFILES["normal"]], SIMPLE, 7)
    assert one != utterances(SHAPE, [PROFILES["normal"]], SIMPLE, 8)


def test_what_is_said_in_the_ramp_and_the_warm_up_is_not_counted():
    planned = utterances(SHAPE, [PROFILES["meeting"]], SIMPLE, 1)
    assert {each.counted for each in planned if each.begin_s < 18} == {False}
    assert {each.counted for each in planned if each.begin_s >= 18} == {True}
    assert max(each.begin_s for each in planned) < 618


def test_no_more_than_the_wanted_number_of_utterances_is_counted_whoever_says_them():
    planned = utterances(shaped(requests=10), [PROFILES["meeting"]], SIMPLE, 1)
    assert sum(each.counted for each in planned) == 10
    assert [each.begin_s for each in planned] == sorted(each.begin_s for each in planned)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_speaks_as_often_as_it_says_and_leaves_room_between(profile: Profile):
    planned = utterances(shaped(concurrency=20, duration_s=7200.0), [profile], SIMPLE, 3)
    hours = 20 * 7200 / 3600
    assert len([each for each in planned if each.counted]) / hours == pytest.approx(profile.an_hour, rel=0.1)
    mean_s = (profile.shortest_s + profile.longest_s) / 2
    for session in range(20):
        begun = [each.begin_s for each in planned if each.session == session]
        assert min(later - earlier for earlier, later in pairwise(begun)) >= mean_s + min(
            APART_S, 0.8 * profile.pause_s
        )


def test_scenarios_come_as_often_as_they_weigh_and_profiles_in_turn():
    kinds = [PROFILES["power"], PROFILES["lecture"]]
    planned = utterances(shaped(concurrency=20, duration_s=3600.0), kinds, {"simple": 0.75, "interruptions": 0.25}, 1)
    found = Counter(each.scenario for each in planned)
    assert found["interruptions"] / len(planned) == pytest.approx(0.25, abs=0.03)
    assert {each.longest_s for each in planned if each.session % 2} == {PROFILES["lecture"].longest_s}


def test_one_listener_of_each_language_stays_whoever_else_is_restless():
    everyone = [listeners(shaped(listeners=12, restless=1.0, slow_language="gl"), session, 1) for session in range(20)]
    for each in everyone:
        assert [(one.language, one.habit) for one in each[:2]] == [("es", "steady"), ("ca", "steady")]
        assert [one.habit for one in each[2:12]].count("steady") == 0
        assert (each[12].language, each[12].slow, each[12].habit) == ("gl", True, "steady")
    habits = {one.habit for each in everyone for one in each}
    assert habits == {"steady", "late", "leaving", "switching", "losing"}
    for one in (one for each in everyone for one in each):
        assert (one.until_s is not None) == (one.habit == "leaving")


def test_without_a_share_of_restless_listeners_all_stay():
    assert {one.habit for one in listeners(shaped(listeners=50), 0, 1)} == {"steady"}
