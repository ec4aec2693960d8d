"""What is not acknowledged is kept, and sent again from the right place."""

import pytest

from dragoman.client.resend import ResendBuffer


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
