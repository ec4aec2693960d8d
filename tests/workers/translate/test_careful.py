"""A translation loses no number, no term and nothing that has no translation."""

import pytest

from workers.errors import EngineGarbled
from workers.translate.careful import carefully
from workers.translate.glossary import Glossary

TERMS = Glossary({"ten meters": {"es": "DIEZ-METROS"}, "route 66": {"es": "la 66"}}, "es")
NONE = Glossary({}, "es")


class Engine:
    """Answers by a table, else with the text itself; keeps what it was asked."""

    def __init__(self, **answers: str) -> None:
        self.asked: list[str] = []
        self._answers = answers

    async def __call__(self, text: str) -> str:
        self.asked.append(text)
        for begin, answer in self._answers.items():
            if text.startswith(begin):
                return answer
        return text


async def test_a_term_and_an_address_come_back_in_their_places() -> None:
    assert await carefully("go ten meters to a@b.example", TERMS, Engine(go="vaya XG1X hasta XG2X")) == (
        "vaya DIEZ-METROS hasta a@b.example"
    )


async def test_a_number_that_was_changed_twice_is_an_error() -> None:
    engine = Engine(In="Em 1998, 15 pessoas")
    with pytest.raises(EngineGarbled):
        await carefully("In 1988, 15 people", NONE, engine)
    assert engine.asked == ["In 1988, 15 people", "In XG1X, XG2X people"]


async def test_a_number_that_survives_as_a_placeholder_is_right() -> None:
    class Careless(Engine):
        async def __call__(self, text: str) -> str:
            return (await super().__call__(text)).replace("1988", "1998")

    assert await carefully("In 1988, 15 people", NONE, Careless()) == "In 1988, 15 people"


async def test_digits_may_be_written_otherwise() -> None:
    assert await carefully("1,234.5 people", NONE, Engine(**{"1": "1.234,5 pessoas"})) == "1.234,5 pessoas"


async def test_digits_out_of_nothing_are_refused_unless_a_numeral_was_said() -> None:
    assert await carefully("thirty people", NONE, Engine(thirty="30 pessoas")) == "30 pessoas"
    with pytest.raises(EngineGarbled):
        await carefully("people", NONE, Engine(people="30 pessoas"))


async def test_a_term_whose_placeholder_is_lost_is_put_in_afterwards() -> None:
    class Loses(Engine):
        async def __call__(self, text: str) -> str:
            return (await super().__call__(text)).replace("XG1X", "")

    engine = Loses(**{"go ten": "vaya diez metros ya", "ten": "Diez metros."})
    assert await carefully("go ten meters now", TERMS, engine) == "vaya DIEZ-METROS ya"


async def test_the_digits_of_a_term_are_those_of_its_translation() -> None:
    assert await carefully("take route 66", TERMS, Engine(take="tome XG1X")) == "tome la 66"


async def test_the_first_word_gets_its_capital_back_unless_it_is_a_term() -> None:
    assert await carefully("Good day", NONE, Engine(Good="buen día")) == "Buen día"
    phone = Glossary({"phone": {"es": "iPhone"}}, "es")
    assert await carefully("Buy a phone", phone, Engine(Buy="XG1X ya")) == "iPhone ya"


async def test_capitals_are_translated_as_one_would_write_them() -> None:
    engine = Engine(Can="Você pode XG1X me ouvir")
    assert await carefully("CAN YOU 😀 HEAR ME", NONE, engine) == "VOCÊ PODE 😀 ME OUVIR"
    assert engine.asked == ["Can you XG1X hear me"]


@pytest.mark.parametrize("text", ["NATO", "The US", "OK", "HTML and CSS"])
async def test_a_name_in_capitals_stays_as_it_is(text: str) -> None:
    engine = Engine()
    assert await carefully(text, NONE, engine) == text
    assert engine.asked == [text]


@pytest.mark.parametrize("text", ["😀", "https://example.org/a?b=c"])
async def test_what_has_nothing_to_translate_is_not_asked_for(text: str) -> None:
    engine = Engine()
    assert await carefully(text, NONE, engine) == text
    assert engine.asked == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("火车三点半出发。", "The train leaves at 3:30."),
        ("会议5点结束。", "The meeting ends at 5:00."),
        ("2024年3月5日", "March 5, 2024"),
        ("房间里有3个人。", "There were three people in the room."),
        ("这个城市有350万人口。", "The city has a population of 3.5 million."),
        ("公司收入是2亿5千万元。", "The company's income is 250 million yuan."),
    ],
)
async def test_numbers_of_chinese_may_be_written_otherwise(text: str, answer: str) -> None:
    assert await carefully(text, NONE, Engine(**{text[:1]: answer})) == answer


@pytest.mark.parametrize("answer", ["I waited 10 minutes", "I waited", "I waited for 45 minutes and 7 seconds"])
async def test_a_number_of_chinese_that_was_changed_or_lost_is_an_error(answer: str) -> None:
    with pytest.raises(EngineGarbled):
        await carefully("我等了45分钟", NONE, Engine(我=answer))


@pytest.mark.parametrize("address", ["ann@example.org", "https://example.org/a?b=c", "www.example.org"])
async def test_chinese_around_an_address_is_no_part_of_it(address: str) -> None:
    engine = Engine()
    assert address in await carefully(f"请看{address}，谢谢。", NONE, engine)  # noqa: RUF001
    assert engine.asked == ["请看 XG1X，谢谢。"]  # noqa: RUF001


async def test_capitals_between_chinese_are_not_shouted() -> None:
    engine = Engine()
    await carefully("我们用 HTTP API 接口", NONE, engine)
    assert engine.asked == ["我们用 HTTP API 接口"]
