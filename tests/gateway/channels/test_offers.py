"""What can be had."""

import msgspec
import pytest
from msgspec import UNSET

from gateway.channels.offers import Offers, audio_format
from gateway.errors import RefusedError
from gateway.listening.choice import wish_of
from schemas.languages import Voicing
from schemas.socket import JoinSession

OFFERS = Offers({"en": []}, {"en": ["es", "pt-BR"]}, {"*": ["es"]})
BOTH = ["female", "male"]
ANYTHING = Offers({"*": []}, {"*": ["*"]}, {"*": ["*"]})


@pytest.mark.parametrize(("wanted", "served"), [("en", "en"), ("EN-us", "en")])
def test_a_floor_is_served_by_its_general_tag(wanted: str, served: str) -> None:
    assert OFFERS.floor(wanted) == served


def test_without_a_recogniser_nothing_is_refused_for_good() -> None:
    with pytest.raises(RefusedError) as refused:
        Offers({}, {}, {}).floor("en")
    assert refused.value.code == "unavailable"


@pytest.mark.parametrize(("wanted", "served"), [("es-MX", "es"), ("en-GB", "en"), ("pt-BR-x-a", "pt-BR")])
def test_a_target_is_a_translation_or_the_floor(wanted: str, served: str) -> None:
    assert OFFERS.target(wanted, "en") == served


def test_what_cannot_be_had_names_what_can() -> None:
    with pytest.raises(RefusedError) as refused:
        OFFERS.target("pt", "en")
    assert (refused.value.code, refused.value.available) == ("language-unavailable", ["en", "es", "pt-BR"])


def test_before_translate_has_said_what_it_can_do_nobody_is_refused_for_good() -> None:
    silent = OFFERS._replace(translate={})
    assert silent.target("en", "en") == "en"
    with pytest.raises(RefusedError) as refused:
        silent.target("es", "en")
    assert refused.value.code == "unavailable"
    assert refused.value.answer().retryable


def test_what_a_stage_said_counts_until_it_says_something_else() -> None:
    """A Redis without its memory is told again by the workers, a moment later."""
    assert Offers({}, {}, {}).or_else(OFFERS) == OFFERS
    changed = Offers({"en": []}, {"en": ["ca"]}, {"*": ["es"]})
    assert changed.or_else(OFFERS) == changed


def test_engines_for_any_language_serve_any_tag() -> None:
    assert ANYTHING.floor("sw") == "sw"
    assert ANYTHING.target("haw", "sw") == "haw"
    assert ANYTHING.speakable("haw")
    assert [each.language for each in ANYTHING.languages("sw")] == ["sw"]


def test_what_can_be_spoken_has_a_name_where_engines_take_any_language() -> None:
    assert OFFERS.floors == ["en"]
    assert ANYTHING.floors == ["en"]
    assert Offers({}, {}, {}).floors == [], "before the workers are ready"


def test_the_list_says_what_can_be_heard() -> None:
    assert [(each.language, each.speech) for each in OFFERS.languages("en")] == [
        ("en", False),
        ("es", True),
        ("pt-BR", False),
    ]


def test_what_reads_roughly_stands_last_and_says_so() -> None:
    offers = OFFERS._replace(translate={"en": ["ca", "es", "fr"]}, rough={"en": ["ca"]})
    assert [(each.language, each.quality) for each in offers.languages("en")] == [
        ("en", "good"),
        ("es", "good"),
        ("fr", "good"),
        ("ca", "rough"),
    ]
    silent = Offers({}, {}, {})
    assert silent.or_else(offers).rough == {"en": ["ca"]}
    assert OFFERS.or_else(offers).rough == {}


def test_a_voice_that_is_like_a_robot_says_so_and_what_cannot_be_heard_nothing() -> None:
    offers = Offers({"en": []}, {"en": ["ca", "es-MX", "fr"]}, {"*": ["ca", "es"]}, rough_voices=frozenset({"ca"}))
    assert [(each.language, each.speech_quality) for each in offers.languages("en")] == [
        ("en", UNSET),
        ("ca", "rough"),
        ("es-MX", "good"),
        ("fr", UNSET),
    ]
    assert Offers({}, {}, {}).or_else(offers).rough_voices == {"ca"}
    assert OFFERS.or_else(offers).rough_voices == set()


def test_a_voice_can_be_chosen_where_the_language_has_several_and_what_speaks_it_is_told_with_the_reason() -> None:
    told = {
        "es": Voicing(engine="pico", voice="es-ES", reason="room", because="no room for a more natural one"),
        "pt": Voicing(engine="kokoro", voice="pf_dora", reason="only", voices=["female", "male"]),
    }
    offers = Offers({"en": []}, {"en": ["es", "fr", "pt-BR"]}, {"*": ["es", "pt"]}, voices=told)
    rows = {each["language"]: each for each in map(msgspec.to_builtins, offers.described("en"))}
    assert [rows[language].get("voices") for language in ("en", "es", "fr", "pt-BR")] == [None, None, None, BOTH]
    assert (rows["es"]["speechReason"], rows["es"]["speechBecause"]) == ("room", "no room for a more natural one")
    assert rows["pt-BR"]["speechVoice"] == "pf_dora"
    assert not [name for name in rows["fr"] if name.startswith("speechV")]
    public = msgspec.to_builtins(offers.languages("en")[-1])
    assert (public["voices"], "speechReason" in public) == (BOTH, False)
    assert Offers({}, {}, {}).or_else(offers).voices == told
    assert OFFERS.or_else(offers).voices == {}


@pytest.mark.parametrize(
    ("language", "wanted", "voice"),
    [("pt", "male", "male"), ("pt", "alex", ""), ("pt", "", ""), ("es", "male", ""), ("en", "male", "")],
)
def test_a_voice_that_the_language_does_not_have_is_not_taken(language: str, wanted: str, voice: str) -> None:
    told = {"es": Voicing(engine="pico"), "pt": Voicing(engine="kokoro", voices=BOTH)}
    offers = Offers({"en": []}, {"en": ["es", "pt"]}, {"*": ["es", "pt"]}, voices=told)
    wish = wish_of(offers, "en", JoinSession(session_id="x", target_language=language, voice=wanted))
    assert wish.voice == voice


@pytest.mark.parametrize(
    ("tag", "wished"),
    [
        ("PL", "pl"), ("pl-PL", "pl"), ("zh-hant-TW", "zh-Hant"), ("iw", "he"), ("ceb", "ceb"), ("sr-Zsym", "sr"),
        ("es-MX", ""), ("x-you-are-stupid", ""), ("pl-x-you-are-stupid", "pl"), ("go-away", ""), ("zzz", ""),
        ("qaa", ""), ("und", ""), ("mul", ""), ("i-default", "en"),
    ],
)  # fmt: skip
def test_a_wish_is_a_language_that_is_known_and_cannot_be_had(tag: str, wished: str) -> None:
    offers = OFFERS._replace(transcribe={"ca": []}, translate={"ca": ["es"]})
    assert wish_of(offers, "ca", JoinSession(session_id="x", target_language="es", wished=tag)).wished == wished


def test_the_first_known_encoding_is_chosen() -> None:
    assert audio_format(["mp3", "pcm16", "ogg-opus"]) == "pcm16"
    assert audio_format(["mp3"]) is None


AUTO = Offers(
    {"auto": [], "en": [], "pt": [], "sw": []},
    {"en": ["es", "pt"], "pt": ["en", "es", "gl"]},
    {"*": ["es"]},
    {"en": ["es"], "pt": ["gl"]},
    {
        "transcribe": {"*": {"en": "whisper", "pt": "whisper"}},
        "translate": {"en": {"es": "apertium", "pt": "firefox"}},
        "synthesize": {"*": {"es": "pico"}},
    },
)


def test_a_language_that_is_to_be_found_out_has_what_can_be_had_of_any() -> None:
    assert AUTO.floor("Auto") == "auto"
    assert AUTO.floors == ["en", "pt", "sw"]
    assert [(each.language, each.speech, each.quality) for each in AUTO.languages("auto")] == [
        ("auto", False, "good"),
        ("en", False, "good"),
        ("es", True, "good"),
        ("pt", False, "good"),
        ("gl", False, "rough"),
    ]
    assert AUTO.target("es-MX", "auto") == "es"
    with pytest.raises(RefusedError) as refused:
        AUTO.target("sw", "auto")
    assert refused.value.available == ["en", "es", "gl", "pt"]


def test_without_an_engine_that_finds_out_auto_is_no_language() -> None:
    for offers in (OFFERS, ANYTHING):
        with pytest.raises(RefusedError) as refused:
            offers.floor("auto")
        assert refused.value.code == "language-unavailable"


def test_whoever_asks_for_auto_gets_the_floor() -> None:
    assert [OFFERS.target("auto", source) for source in ("en", "auto")] == ["en", "und"]


def test_engines_are_named_where_they_are_known() -> None:
    def named(offers: Offers, source: str) -> list[tuple[str, object, object]]:
        rows = (msgspec.to_builtins(each) for each in offers.described(source))
        return [(each["language"], each.get("captionsEngine"), each.get("speechEngine")) for each in rows]

    assert named(AUTO, "en") == [("en", "whisper", None), ("pt", "firefox", None), ("es", "apertium", "pico")]
    assert named(OFFERS, "en") == [("en", None, None), ("es", None, None), ("pt-BR", None, None)]
    anything = {"transcribe": {"*": {"*": "scripted"}}, "translate": {"*": {"*": "scripted"}}}
    assert named(ANYTHING._replace(engines=anything), "en") == [("en", "scripted", None)]
