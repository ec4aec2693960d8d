"""What listeners ask for together."""

import msgspec

from gateway.sessions.audience import MOST_WISHED, Attendance, Wish, lease_of, summed
from schemas.channels import Lease
from schemas.socket import Listening

READER = Wish(captions="es", fast=False, speech=None, format=None, paused=False, asleep=False)
HEARER = Wish(captions="es", fast=True, speech="es", format="ogg-opus", paused=False, asleep=False)


def test_a_lease_counts_readers_and_hearers() -> None:
    lease = lease_of([READER, HEARER, HEARER._replace(format="pcm16", captions=None)])
    assert lease == Lease(
        until=0,
        captions={"es": 2},
        fast={"es": 1},
        speech={"es": {"ogg-opus": 1, "pcm16": 1}},
        both={"es": 1},
        listeners=3,
    )


def test_a_player_that_stands_still_for_long_asks_for_no_speech() -> None:
    assert lease_of([HEARER._replace(paused=True)]).speech == {"es": {"ogg-opus": 1}}
    chose = lease_of([HEARER._replace(voice="male"), HEARER, HEARER._replace(voice="male")])
    assert chose.speech == {"es": {"ogg-opus/male": 2, "ogg-opus": 1}}
    asleep = lease_of([HEARER._replace(paused=True, asleep=True)])
    assert (asleep.speech, asleep.paused, asleep.listeners) == ({}, 1, 1)


def test_leases_of_gateways_add_up_while_they_count() -> None:
    lease = msgspec.structs.replace(lease_of([READER, HEARER]), until=1000)
    old = msgspec.structs.replace(lease, until=900)
    assert summed([lease, lease, old], 900) == Attendance(4, {"es": Listening(captions=4, audio=2, both=2)}, 0)


def test_who_reads_one_language_and_hears_another_does_neither_both() -> None:
    lease = msgspec.structs.replace(lease_of([HEARER._replace(captions="ca")]), until=1000)
    assert summed([lease], 900).by_language == {"ca": Listening(captions=1), "es": Listening(audio=1)}


def test_wishes_for_other_languages_add_up_and_the_most_wished_for_come_first() -> None:
    polish, ukrainian = READER._replace(wished="pl"), READER._replace(wished="uk")
    lease = msgspec.structs.replace(lease_of([polish, READER, ukrainian]), until=1000)
    assert lease.wished == {"pl": 1, "uk": 1}
    other = msgspec.structs.replace(lease_of([ukrainian]), until=1000)
    assert list(summed([lease, other], 900).wished.items()) == [("uk", 2), ("pl", 1)]
    odd = [READER._replace(wished=f"x{n}") for n in range(MOST_WISHED + 1)]
    many = msgspec.structs.replace(lease_of([*odd, odd[-1]]), until=1000)
    told = summed([many], 900).wished
    assert (len(told), told[odd[-1].wished]) == (MOST_WISHED, 2), "a crowd of odd wishes hides no real one"


def test_nobody_is_nobody() -> None:
    assert summed([lease_of([])], 0) == Attendance(0, {}, 0)
