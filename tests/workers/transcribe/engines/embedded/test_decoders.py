"""Decoders are used again, and let go when they are long unused."""

import pytest

from workers.transcribe.engines.embedded.decoders import Decoders


class FakeDecoder:
    """Knows its cepstral mean only."""

    def __init__(self) -> None:
        self.cmn = "fresh"

    def get_cmn(self, update: bool) -> str:
        return self.cmn

    def set_cmn(self, cmn: str) -> None:
        self.cmn = cmn

    def start_stream(self) -> None:
        pass


class Shelf:
    """Decoders with a clock that the test moves."""

    def __init__(self) -> None:
        self.loaded = 0
        self.now = 0.0
        self.decoders = Decoders(self.load, 30, clock=lambda: self.now)  # type: ignore[arg-type]  # only what is used

    def load(self) -> FakeDecoder:
        self.loaded += 1
        return FakeDecoder()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_one_is_loaded_before_it_is_needed(shelf: Shelf) -> None:
    assert shelf.loaded == 1
    shelf.decoders.take("")
    assert shelf.loaded == 1
    shelf.decoders.take("")
    assert shelf.loaded == 2


def test_a_used_decoder_forgets_its_speaker(shelf: Shelf) -> None:
    decoder = shelf.decoders.take("")
    decoder.set_cmn("of the last speaker")
    shelf.decoders.give_back(decoder)
    assert shelf.decoders.take("").get_cmn(False) == "fresh"


def test_a_decoder_takes_over_what_is_known_of_the_speaker(shelf: Shelf) -> None:
    assert shelf.decoders.take("47,3").get_cmn(False) == "47,3"


def test_all_but_one_are_let_go_after_a_while(shelf: Shelf) -> None:
    taken = [shelf.decoders.take("") for _ in range(3)]
    assert shelf.decoders.reap() is None
    for decoder in taken:
        shelf.decoders.give_back(decoder)
    assert shelf.decoders.reap() == 30
    shelf.now = 29.0
    assert shelf.decoders.reap() == 1
    assert len(shelf.decoders) == 3
    shelf.now = 30.0
    assert shelf.decoders.reap() is None
    assert len(shelf.decoders) == 1
