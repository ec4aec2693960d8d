"""What fills a hole: finals that tile it, and what Kafka holds of them."""

from dataclasses import replace

import msgspec

from dragoman.transcripts.said import Finals
from schemas.messages import Transcript
from tests.workers.driving import record
from tests.workers.texts import transcript
from tests.workers.transcribe.logged import Log, hole
from workers.transcribe.tiles import Tiles, blank, open_holes, tile

HOLE = hole(16_000, 64_000, 5_000_000)


def filling(segment: int, until: int) -> Transcript:
    return tile(transcript(segment, f"{segment} to {until}", until=until, revision=until - segment), HOLE.final)


def test_the_first_tile_replaces_the_hole_and_a_tile_is_the_same_however_often_it_is_made() -> None:
    first = filling(16_000, 32_000)
    assert (first.revised, first.revision) == (True, 48_000 + 16_000)
    assert first.revision > HOLE.final.revision
    assert tile(first, HOLE.final) == first


def test_readers_that_keep_the_highest_revision_of_each_segment_read_the_tiles_in_its_place() -> None:
    finals = Finals()
    for final in (transcript(0), HOLE.final, transcript(64_000), filling(16_000, 32_000), filling(32_000, 64_000)):
        finals.take(final)
    assert [(said.segment, said.until, said.missing) for said in finals.said("en")] == [
        (0, 16_000, False),
        (16_000, 32_000, False),
        (32_000, 64_000, False),
        (64_000, 80_000, False),
    ]


def test_a_blank_part_ends_when_its_audio_was_spoken() -> None:
    part = blank(HOLE.final, 16_000, 48_000, 7, "skipped", "retention")
    assert (part.segment, part.until, part.text, part.outcome, part.reason) == (
        16_000,
        48_000,
        "",
        "skipped",
        "retention",
    )
    assert part.spoken_at == HOLE.final.spoken_at - 1_000


async def test_kafka_says_whether_the_hole_was_announced_and_where_its_last_tile_ends() -> None:
    log = Log()
    tiles = Tiles(log, HOLE)
    await tiles.read()
    assert (tiles.announced, tiles.last.until) == (False, 16_000)
    log.add("transcripts", HOLE.final, HOLE.final.transcribed_at)
    log.add("transcripts", filling(16_000, 32_000), HOLE.final.transcribed_at, "someone-else")
    log.add("transcripts", transcript(64_000), HOLE.final.transcribed_at)
    await tiles.read()
    assert (tiles.announced, tiles.last.until) == (True, 16_000)
    log.add("transcripts", filling(16_000, 32_000), HOLE.final.transcribed_at)
    assert await tiles.of(HOLE.session_id, 0, 0) == (filling(16_000, 32_000), False)
    log.add("transcripts", tile(transcript(64_000, until=96_000), HOLE.final), HOLE.final.transcribed_at)
    await tiles.read()
    assert tiles.last.until == 32_000, "that is another hole's"


def test_holes_are_open_until_their_last_tile() -> None:
    other = hole(64_000, 96_000, 5_000_000)
    of_another = replace(record("transcripts", 1, filling(32_000, 64_000)), session_id="someone-else")
    engine = msgspec.structs.replace(hole(0, 9_000, 1).final, outcome="failed", reason="engine")
    records = [record("transcripts", n, final) for n, final in enumerate((engine, HOLE.final, other.final))]
    assert open_holes([*records, of_another, record("transcripts", 9, filling(16_000, 32_000))]) == [HOLE, other]
    assert open_holes([*records, record("transcripts", 9, filling(16_000, 64_000))]) == [other]
