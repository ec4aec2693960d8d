"""A text is cut into what a model of sentences can read."""

import pytest

from workers.translate.sentences import MOST_WIDE, MOST_WORDS, units


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ('She said: "No." Then she left.', ['She said: "No."', "Then she left."]),
        ("Mr. Smith met Dr. Jones at 3.5 p.m. sharp.", ["Mr. Smith met Dr. Jones at 3.5 p.m. sharp."]),
        ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
        ("version 0.85.2 is out", ["version 0.85.2 is out"]),
        ("今日は。明日", ["今日は。", "明日"]),
        ("他说：“好。”我走了；他没走！", ["他说：“好。”", "我走了；", "他没走！"]),  # noqa: RUF001
        ("你听见了吗?听见了。", ["你听见了吗?", "听见了。"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, parts: list[str]) -> None:
    assert units(text) == parts


def test_a_long_sentence_is_cut_at_a_clause_and_loses_nothing() -> None:
    text = "one two three four five six, " * 30
    parts = units(text)
    assert all(len(part.split()) <= MOST_WORDS for part in parts)
    assert all(part.endswith("six,") for part in parts)
    assert " ".join(parts) == text.strip()


def test_endless_speech_without_marks_is_cut_into_equal_parts() -> None:
    assert [len(part.split()) for part in units("word " * 100)] == [50, 50]


@pytest.mark.parametrize(
    ("between", "begins"),
    [("，", "我们"), (" ", "我们"), ("", "所以"), ("", "")],  # noqa: RUF001
)
def test_endless_chinese_is_cut_where_a_clause_ends_and_loses_nothing(between: str, begins: str) -> None:
    clause = {"": "人们从来没有用2024年的OpenAI见过"}.get(begins, f"{begins}从来没有用2024年的OpenAI见过")
    text = between.join([clause] * 12)
    parts = units(text)
    assert len(parts) > 1
    assert all(len(part) <= 2 * MOST_WIDE for part in parts)
    assert all(part.startswith(begins) for part in parts)
    assert not any(part.startswith(("0", "2", "4", "A", "p", "e", "n", "I")) for part in parts)
    assert "".join(parts) == text.replace(" ", "，")  # noqa: RUF001
