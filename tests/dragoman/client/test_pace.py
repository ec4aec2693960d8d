"""How recorded speech is put into a session."""

from dragoman.client.pace import Pace, frames, of_bytes, speak
from dragoman.client.speaker import Speaker


def waits(pace: Pace, count: int, duration_s: float = 0.1) -> list[float]:
    return [round(pace.wait_s(duration_s), 3) for _ in range(count)]


def test_speech_is_cut_into_frames_of_100_ms():
    assert [len(frame) for frame in frames(bytes(7000))] == [3200, 3200, 600]


def test_half_a_sample_at_the_end_is_left_out():
    assert [len(frame) for frame in frames(bytes(3201))] == [3200]


def test_in_real_time_a_frame_goes_when_its_last_sample_was_spoken():
    assert waits(Pace(fast=False, clock=lambda: 50.0), 3) == [0.1, 0.2, 0.3]


def test_after_a_delay_real_time_catches_up():
    now = [0.0]
    pace = Pace(fast=False, clock=lambda: now[0])
    assert waits(pace, 1) == [0.1]
    now[0] = 5.0
    assert waits(pace, 2) == [0.0, 0.0]


def test_fast_speech_stays_below_the_gateways_bucket():
    pace = Pace(fast=True, clock=lambda: 0.0)
    assert set(waits(pace, 110, duration_s=1)) == {0.0}
    assert waits(pace, 1, duration_s=1.45) == [1.0]


async def test_all_is_sent_and_the_place_of_each_frame_is_told(fake_gateway):
    told = []
    async with Speaker.create(fake_gateway.url, "en") as speaker:
        pcm = bytes(range(256)) * 25
        pace = Pace(fast=True)
        await speak(speaker, of_bytes(pcm), pace, now=lambda: 100.0, on_sent=lambda *sent: told.append(sent))
        await speaker.delivered()
    assert fake_gateway.heard == pcm
    assert told == [(0, 99.9), (1600, 99.9)]
