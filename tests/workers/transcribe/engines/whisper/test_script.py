"""The model's Chinese comes in one script, word by word as it was."""

import pytest

from tests.workers.transcribe.engines.whisper.test_reading import FakeReader
from workers.transcribe.engines.whisper.reading import Reading, ReadWord
from workers.transcribe.engines.whisper.script import OneScript

MIXED = Reading(
    (ReadWord("無線", (1, 2)), ReadWord("网络", (3,)), ReadWord(" 頭髮"), ReadWord("API,")),
    sureness=-0.2,
    heard="notes",
)


def read(reading: Reading, language: str, own: str = "zh") -> Reading:
    return OneScript(FakeReader(reading), language).read(b"", 8, own, 1, 0, 10)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "无线网络 头发API,"),
        ("zh-Hans-SG", "无线网络 头发API,"),
        ("auto", "无线网络 头发API,"),
        ("zh-TW", "無線網絡 頭髮API,"),
        ("zh-Hant", "無線網絡 頭髮API,"),
    ],
)
def test_the_session_s_language_says_which(language: str, text: str) -> None:
    found = read(MIXED, language)
    assert found.text == text
    assert [word.tokens for word in found.words] == [word.tokens for word in MIXED.words]
    assert (found.sureness, found.heard) == (-0.2, "notes")


def test_a_character_of_which_there_are_two_is_told_by_its_neighbour() -> None:
    assert read(Reading((ReadWord("头"), ReadWord("发"), ReadWord("发"), ReadWord("生"))), "zh-HK").text == "頭髮發生"


def test_what_one_script_writes_like_another_word_is_told_apart() -> None:
    assert read(Reading((ReadWord("沿"), ReadWord("著"), ReadWord("著名"))), "zh").text == "沿着著名"


def test_other_languages_stay_as_they_are() -> None:
    assert read(MIXED, "zh", own="ja") == MIXED
    assert read(Reading(), "zh") == Reading()
