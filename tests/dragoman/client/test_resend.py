"""What is not acknowledged is kept, and sent again from the right place."""

import pytest

from dragoman.client.resend import ResendBuffer
from schemas.socket import MAX_GAP_SAMPLES

SECOND = 16_000
WINDOW_S = 20
GATEWAY_S = 70
"""What a gateway holds for a session while the log takes nothing."""


def pcm(samples: int, first: int = 0) -> bytes:
    return b"".join((n % 30000).to_bytes(2, "little") for n in range(first, first + samples))


def filled(frames: int, size: int = 1600, **how: int) -> ResendBuffer:
    buffer = ResendBuffer(**how)
    for number in range(frames):
        buffer.add(pcm(size, number * size), captured_at=number * 100)
    return buffer


def sent(buffer: ResendBuffer) -> list[int]:
    positions = []
    while (frame := buffer.next()) is not None:
        positions.append(frame.position)
    return positions


def test_frames_go_out_once_and_in_order():
    buffer = filled(3)
    assert sent(buffer) == [0, 1600, 3200]
    assert sent(buffer) == []
    assert buffer.in_flight == 4800


def test_a_resume_sends_again_what_is_not_durable():
    buffer = filled(3)
    sent(buffer)
    buffer.acknowledge(1600)
    buffer.rewind(1600)
    assert sent(buffer) == [1600, 3200]


def test_the_own_last_acknowledged_position_counts_when_it_is_greater_than_the_answer():
    buffer = filled(3)
    sent(buffer)
    buffer.acknowledge(3200)
    buffer.rewind(1600)
    assert sent(buffer) == [3200]


def test_the_answer_counts_when_it_is_greater_than_the_own_last_acknowledged_position():
    buffer = filled(3)
    sent(buffer)
    buffer.rewind(3200)
    assert buffer.acknowledged == 3200
    assert sent(buffer) == [3200]


def test_a_frame_is_cut_where_the_durable_audio_ends():
    buffer = filled(2)
    sent(buffer)
    buffer.rewind(800)
    frame = buffer.next()
    assert frame is not None
    assert (frame.position, frame.captured_at, frame.pcm) == (800, 50, pcm(800, 800))


def test_an_error_that_names_a_position_makes_nothing_durable():
    buffer = filled(3)
    sent(buffer)
    buffer.acknowledge(1600)
    buffer.send_again_from(3200)
    assert buffer.acknowledged == 1600
    assert sent(buffer) == [3200]


def test_an_error_never_sends_below_what_is_acknowledged():
    buffer = filled(3)
    sent(buffer)
    buffer.acknowledge(1600)
    buffer.send_again_from(0)
    assert sent(buffer) == [1600, 3200]


def test_an_old_acknowledgement_changes_nothing():
    buffer = filled(3)
    sent(buffer)
    buffer.acknowledge(3200)
    buffer.acknowledge(1600)
    assert buffer.acknowledged == 3200


def test_over_the_limit_the_oldest_audio_is_lost_and_counted():
    buffer = filled(4, limit=4800)
    assert buffer.lost == 1600
    assert sent(buffer) == [1600, 3200, 4800]


def test_room_says_what_fits_without_loss():
    buffer = filled(2, limit=4800)
    assert buffer.room == 1600
    buffer.acknowledge(1600)
    assert buffer.room == 3200


def test_a_buffer_begins_where_the_session_stands():
    buffer = ResendBuffer(position=160_000)
    assert buffer.add(pcm(1600), 0).position == 160_000
    assert sent(buffer) == [160_000]


@pytest.mark.parametrize("position", [1600, 4800, 10_000])
def test_an_answer_beyond_what_was_sent_moves_the_next_sample(position: int):
    """Another socket of the same speaker got further."""
    buffer = filled(1)
    buffer.rewind(position)
    assert buffer.until == max(1600, position)
    assert sent(buffer) == []


class FarGateway:
    """Takes audio as the protocol says, while its log or its network is away or back."""

    def __init__(self) -> None:
        self.received = self.durable = self.gaps = 0
        self._waiting = 0

    def take(self, position: int, until: int) -> int | None:
        """The position to send from when there is no room."""
        assert position - self.received <= MAX_GAP_SAMPLES, "bad-audio"
        if self._waiting + until - position > GATEWAY_S * SECOND:
            return self.received
        self._waiting += until - position
        self.gaps += position - self.received
        self.received = until
        return None

    def flush(self) -> int:
        """The log takes all that waits; returns what is durable."""
        self._waiting, self.durable = 0, self.received
        return self.durable


def speak_on(buffer: ResendBuffer, gateway: FarGateway, seconds: int, *, connected: bool, log: bool) -> None:
    """Second by second, as a microphone gives it."""
    for _ in range(seconds):
        buffer.add(bytes(2 * SECOND), 0)
        while connected:
            if log:
                buffer.acknowledge(gateway.flush())
            buffer.close_up()
            if buffer.in_flight >= WINDOW_S * SECOND or (frame := buffer.next()) is None:
                break
            if (again := gateway.take(frame.position, frame.until)) is not None:
                buffer.send_again_from(again)
                break


@pytest.mark.parametrize("away_s", [30, 65, 95, 180, 600])
@pytest.mark.parametrize(("missing", "kept_s"), [("log", 60 + GATEWAY_S), ("network", 60)])
def test_however_long_an_outage_the_speaker_goes_on_and_knows_what_is_lost(away_s: int, missing: str, kept_s: int):
    """Nothing is said to be lost that the gateway has; and what is there or lost is all that was said."""
    buffer, gateway = ResendBuffer(), FarGateway()
    speak_on(buffer, gateway, 10, connected=True, log=True)
    speak_on(buffer, gateway, away_s, connected=missing == "log", log=False)
    if missing == "network":
        buffer.rewind(gateway.durable)
    speak_on(buffer, gateway, 30, connected=True, log=True)
    buffer.acknowledge(gateway.flush())
    assert buffer.acknowledged == buffer.until == gateway.durable
    assert buffer.lost == max(0, away_s + 1 - kept_s) * SECOND  # one second more was said before anything could be sent
    assert gateway.durable - gateway.gaps + buffer.lost == (10 + away_s + 30) * SECOND
    assert gateway.gaps == min(buffer.lost, MAX_GAP_SAMPLES)


def test_what_is_lost_is_counted_once_however_often_it_is_sent_again():
    buffer = filled(1500)
    assert buffer.lost == 900 * 1600
    for _ in range(3):
        buffer.rewind(0)
        buffer.close_up()
        assert buffer.next() is not None
        assert buffer.lost == 900 * 1600
    buffer.acknowledge(buffer.until)
    assert buffer.lost == 900 * 1600


def test_what_the_gateway_has_is_not_lost_though_it_was_dropped():
    buffer = filled(2)
    sent(buffer)
    for number in range(600):
        buffer.add(pcm(1600), number)
    assert buffer.lost == 0
    buffer.rewind(0)
    assert buffer.lost == 2 * 1600


def test_a_gap_is_never_wider_than_the_gateway_takes():
    buffer = filled(1500)
    assert buffer.close_up() == 300 * 1600
    assert sent(buffer)[0] == MAX_GAP_SAMPLES
    assert buffer.until == 1200 * 1600
    assert buffer.close_up() == 0


def test_a_log_that_lost_what_it_had_said_is_safe_is_gone_on_with():
    """Even if that was more than a gap may be."""
    buffer = filled(900)
    buffer.acknowledge(890 * 1600)
    buffer.rewind(1600)
    buffer.close_up()
    assert sent(buffer)[0] == 1600 + MAX_GAP_SAMPLES
    buffer.acknowledge(buffer.until)
    assert buffer.acknowledged == buffer.until == 1600 + MAX_GAP_SAMPLES + 10 * 1600
