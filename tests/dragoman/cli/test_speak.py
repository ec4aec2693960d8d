"""What a speaker in a terminal sees."""

import segno

from dragoman.cli.speak import _qr

LINK = "http://192.168.1.20:8080/listen/calm-otter-123"
BLOCKS = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}


def test_the_link_is_a_qr_code_of_half_blocks():
    """White is painted, so that it is white on a dark terminal."""
    lines = _qr(LINK).splitlines()
    rows = [[not BLOCKS[block][half] for block in line] for line in lines for half in (0, 1)]
    code = segno.make(LINK, error="m", micro=False)
    expected = [[bool(module) for module in row] for row in code.matrix_iter(border=4)]
    assert rows[: len(expected)] == expected
