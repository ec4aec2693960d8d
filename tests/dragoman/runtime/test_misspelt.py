"""Variables that nothing reads."""

import pytest

from dragoman.runtime.misspelt import misspelt, told

SETTINGS = ("kafka", "redis", "loop", "operator_port")


def test_only_variables_of_ours_that_nothing_reads_are_misspelt() -> None:
    read = ["DRAGOMAN_KAFKA", "dragoman_redis", "DRAGOMAN_URL", "DRAGOMAN_TOKEN", "DRAGOMAN_TEST_SERVERS", "PATH"]
    assert misspelt(read, SETTINGS) == {}


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("DRAGOMAN_KAKFA", "DRAGOMAN_KAFKA"),
        ("dragoman_reddis", "DRAGOMAN_REDIS"),
        ("DRAGOMAN_OPERATORPORT", "DRAGOMAN_OPERATOR_PORT"),
        ("DRAGOMAN_TOKENS", "DRAGOMAN_TOKEN"),
        ("DRAGOMAN_FOO", ""),
    ],
)
def test_the_nearest_right_name_is_found_by_what_is_behind_the_prefix(variable: str, nearest: str) -> None:
    assert misspelt([variable], SETTINGS) == {variable: nearest}


def test_what_kubernetes_tells_of_services_is_nobodys_slip() -> None:
    service = [
        "DRAGOMAN_WEB_SERVICE_HOST",
        "DRAGOMAN_WEB_SERVICE_PORT",
        "DRAGOMAN_WEB_PORT",
        "DRAGOMAN_WEB_PORT_80_TCP",
    ]
    assert misspelt(service, SETTINGS) == {}
    assert misspelt(service[1:3], SETTINGS) != {}


def test_a_person_reads_what_may_be_meant() -> None:
    assert told("DRAGOMAN_KAKFA", "DRAGOMAN_KAFKA") == "DRAGOMAN_KAKFA is no setting: did you mean DRAGOMAN_KAFKA?"
    assert told("DRAGOMAN_FOO", "") == "DRAGOMAN_FOO is no setting"
