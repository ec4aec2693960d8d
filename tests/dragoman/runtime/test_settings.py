import pytest

from dragoman.runtime.errors import SettingsError
from dragoman.runtime.settings import read_settings


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("partitions", "many", "DRAGOMAN_PARTITIONS is 'many': it must be a whole number"),
        ("partitions", "0", "DRAGOMAN_PARTITIONS is '0': it must be 1 or more"),
        ("port", "99999", "DRAGOMAN_PORT is '99999': it must be 65535 or less"),
        ("idle_s", "0", "DRAGOMAN_IDLE_S is '0': it must be more than 0"),
        ("grace_s", "soon", "DRAGOMAN_GRACE_S is 'soon': it must be a number"),
        ("demo", "perhaps", "DRAGOMAN_DEMO is 'perhaps': it must be true or false"),
        ("auth", "closed", "DRAGOMAN_AUTH is 'closed': it must be one of open, secret, oidc"),
        ("loop", "quick", "DRAGOMAN_LOOP is 'quick': it must be one of uvloop, asyncio"),
    ],
)
def test_what_a_setting_may_be_is_said_in_plain_words(
    name: str, given: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DRAGOMAN_{name.upper()}", given)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert str(refused.value) == said


def test_the_short_form_means_whisper_where_speech_is_recognised() -> None:
    settings = read_settings(engines="embedded,scripted", synthesize_engines="scripted")
    assert settings.engines_of("transcribe") == ("whisper", "scripted")
    assert settings.engines_of("translate") == ("firefox", "opus", "apertium", "scripted")
    assert settings.engines_of("synthesize") == ("scripted",)


def test_amazon_is_an_engine_of_each_stage_and_others_may_stand_behind_it() -> None:
    settings = read_settings(engines="amazon", transcribe_engines="amazon,whisper")
    assert settings.engines_of("transcribe") == ("amazon", "whisper")
    assert settings.engines_of("translate") == settings.engines_of("synthesize") == ("amazon",)


@pytest.mark.parametrize("word", ["local", "embedded"])
def test_both_short_forms_mean_pico_and_then_espeak_where_speech_is_made(word: str) -> None:
    assert read_settings(engines=word).engines_of("synthesize") == (
        "kokoro",
        "piper",
        "pico",
        "festival",
        "espeak",
    )


def test_a_misspelt_variable_ends_only_a_strict_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_KAKFA", "broker:9092")
    assert read_settings().kafka == ""
    with pytest.raises(SettingsError, match="DRAGOMAN_KAKFA is no setting: did you mean DRAGOMAN_KAFKA"):
        read_settings(strict=True)
