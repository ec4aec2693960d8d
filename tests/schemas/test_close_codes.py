"""Close codes are numbers with a meaning and an answer to "shall I come back?"."""

from schemas.close_codes import CloseCode


def test_a_close_code_is_its_number() -> None:
    assert CloseCode(4010) is CloseCode.SESSION_ENDED
    assert CloseCode.TOO_SLOW == 4008


def test_every_close_code_says_what_it_means_and_whether_to_come_back() -> None:
    for code in CloseCode:
        assert code.meaning
        assert code.reconnect.split(",")[0] in ("yes", "no", "after a new ticket")


def test_our_own_codes_lie_in_the_range_for_applications() -> None:
    """RFC 6455 section 7.4.2."""
    assert all(1000 <= code <= 1015 or 4000 <= code <= 4999 for code in CloseCode)
