"""The dictionary without vulgar words."""

from pathlib import Path

from workers.transcribe.engines.embedded.dictionary import decent_dictionary, without_vulgar_words

LINES = [b"ass AE S\n", b"assess AH S EH S\n", b"bitch B IH CH\n", b"read R EH D\n", b"read(2) R IY D\n"]


def test_only_whole_words_are_left_out() -> None:
    kept = [line.split()[0] for line in without_vulgar_words(LINES)]
    assert kept == [b"assess", b"read", b"read(2)"]


def test_the_copy_can_be_read_by_its_path_and_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "words.dict"
    source.write_bytes(b"".join(LINES))
    copy = decent_dictionary(str(source))
    assert Path(copy).read_bytes() == b"".join([LINES[1], *LINES[3:]])
    assert Path(copy).read_bytes(), "it can be read again for the next decoder"
    assert [path.name for path in tmp_path.iterdir()] == ["words.dict"]
