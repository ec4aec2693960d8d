"""Which language a lane hears in: chosen, found out, or known from whoever heard the session before."""

from msgspec.structs import replace

from schemas.messages import Audio, Transcript
from workers.transcribe.engine import Hypothesis
from workers.transcribe.spoken import SpokenLanguage


def audio(language: str, since: int = 0) -> Audio:
    return Audio(kind="frame", position=max(since, 16_000), captured_at=0, language=language, since=since)


def heard(language: str, *, certain: bool = False) -> Hypothesis:
    return Hypothesis("hola", 0, 16_000, 16_000, final=True, language=language, certain=certain)


LAST = Transcript(
    segment=16_000,
    until=48_000,
    start=16_000,
    end=48_000,
    spoken_at=0,
    final=True,
    revision=32_000,
    language="es",
    detected=True,
    engine="other",
    text="hola",
)


def after(*items: Audio | Hypothesis, last: Transcript | None = None) -> SpokenLanguage:
    spoken = SpokenLanguage(last)
    for item in items:
        spoken.take(item) if isinstance(item, Audio) else spoken.hear(item)
    return spoken


def test_what_the_speaker_chose_is_heard_and_bears_its_tag() -> None:
    spoken = after(audio("de"), heard("es", certain=True))
    assert (spoken.language, spoken.tag, spoken.detected) == ("de", "de", False)


def test_nothing_is_known_until_something_was_heard() -> None:
    spoken = after(audio("auto"))
    assert (spoken.language, spoken.tag, spoken.detected) == ("auto", "und", False)


def test_a_guess_bears_its_tag_and_is_still_to_be_found_out() -> None:
    spoken = after(audio("auto"), heard("pt"))
    assert (spoken.language, spoken.tag, spoken.detected) == ("auto", "pt", False)


def test_what_is_certain_holds_for_the_audio_that_follows() -> None:
    spoken = after(audio("auto"), heard("pt"), heard("es", certain=True), audio("auto"), heard("pt", certain=True))
    assert (spoken.language, spoken.tag, spoken.detected) == ("es", "es", True)


def test_a_gateway_that_learned_what_was_found_out_changes_nothing() -> None:
    spoken = after(audio("auto"), heard("es", certain=True))
    assert not spoken.changes(audio("es"))
    spoken.take(audio("es"))
    assert (spoken.language, spoken.detected) == ("es", True)
    assert not spoken.changes(audio("auto"))


def test_another_choice_changes_the_language_and_is_not_found_out() -> None:
    spoken = after(audio("auto"), heard("es", certain=True))
    assert spoken.changes(audio("fr", since=64_000))
    spoken.take(audio("fr", since=64_000))
    assert (spoken.language, spoken.tag, spoken.detected) == ("fr", "fr", False)


def test_a_speaker_who_chooses_what_was_found_out_is_heard_without_a_break() -> None:
    spoken = after(audio("auto"), heard("es", certain=True))
    assert not spoken.changes(audio("es", since=64_000))


def test_a_language_can_be_found_out_again() -> None:
    spoken = after(audio("auto"), heard("es", certain=True))
    assert spoken.changes(audio("auto", since=64_000))
    spoken.take(audio("auto", since=64_000))
    assert (spoken.language, spoken.detected) == ("auto", False)


def test_a_successor_goes_on_with_what_was_found_out() -> None:
    for language in ("auto", "es"):
        spoken = after(audio(language), last=LAST)
        assert (spoken.language, spoken.tag, spoken.detected) == ("es", "es", True)


def test_a_successor_finds_out_what_was_only_guessed() -> None:
    assert after(audio("auto"), last=replace(LAST, detected=False)).language == "auto"


def test_a_successor_finds_out_again_what_was_asked_for_after_the_last_final() -> None:
    assert after(audio("auto", since=48_000), last=LAST).language == "auto"
    assert after(audio("auto", since=47_999), last=LAST).language == "es"


def test_a_successor_hears_what_was_chosen_after_the_last_final() -> None:
    spoken = after(audio("fr", since=48_000), last=LAST)
    assert (spoken.language, spoken.detected) == ("fr", False)
