"""A speaker is told that nothing can be kept: soon, not too often, and anew after it went well."""

from gateway.gateway import Gateway
from gateway.speaking.unkept import AGAIN_S, UNKEPT_S, Unkept
from tests.gateway.client import Connect, accepted, created, eventually, send_audio
from tests.gateway.stopped_log import stop_log


def test_a_short_wait_is_not_worth_a_word() -> None:
    unkept = Unkept()
    assert unkept.look(100, 0, refused=False) is None
    assert unkept.look(100, UNKEPT_S - 0.1, refused=False) is None


def test_it_is_said_again_while_it_stays_and_at_once_when_it_begins_anew() -> None:
    unkept = Unkept()
    first = unkept.look(100, UNKEPT_S, refused=False)
    assert first is not None
    assert (first.code, first.figures) == ("not-kept", {"waitingMs": UNKEPT_S * 1000})
    assert unkept.look(100 + AGAIN_S - 1, UNKEPT_S + AGAIN_S - 1, refused=False) is None
    assert unkept.look(100 + AGAIN_S, UNKEPT_S + AGAIN_S, refused=False)
    assert unkept.look(132, 0, refused=False) is None
    assert unkept.look(133, UNKEPT_S, refused=False)


def test_what_is_refused_is_not_kept_however_short() -> None:
    assert Unkept().look(100, 0, refused=True)


async def test_the_speaker_of_a_log_that_takes_nothing_is_told(gateway: Gateway, connect: Connect) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code)
    await accepted(client, 1600)
    stopped = stop_log(gateway)
    await send_audio(client, code, first=1600)
    warning = await client.of_type("warning")
    assert (warning["code"], warning["figures"]["waitingMs"] >= UNKEPT_S * 1000) == ("not-kept", True)
    assert "Nothing can be kept" in warning["message"]
    stopped.go_on()
    await accepted(client, 3200)
    assert gateway.parts
    (live,) = gateway.parts.here

    async def kept() -> bool:
        assert live.tape
        return live.tape.waiting_s == 0

    await eventually(kept)
