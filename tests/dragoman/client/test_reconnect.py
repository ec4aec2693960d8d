"""The table of close codes, as seconds to wait."""

import pytest

from dragoman.client.reconnect import wait_before_return


@pytest.mark.parametrize("code", [1007, 1009, 4001, 4003, 4009, 4010, 4777])
def test_after_these_nobody_comes_back(code: int):
    assert wait_before_return(code, 0) is None


@pytest.mark.parametrize("code", [1001, 1012])
def test_after_a_deploy_one_comes_back_at_once(code: int):
    assert wait_before_return(code, 0) == 0


@pytest.mark.parametrize("code", [1000, 1006, 1011, 4008, 1013])
def test_a_lost_connection_is_sought_with_growing_bounded_pauses(code: int):
    waits = [wait_before_return(code, attempt) for attempt in range(12)]
    assert all(wait is not None and 0 < wait <= 5 for wait in waits)
    assert waits[0] < waits[11]  # type: ignore[operator]  # none is None


def test_after_too_many_requests_one_pauses():
    wait = wait_before_return(4029, 0)
    assert wait is not None
    assert wait >= 5
