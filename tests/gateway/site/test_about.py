"""What anybody may know of the service."""

from dragoman.models.manifest import read_manifest
from dragoman.runtime.settings import Settings
from gateway.channels.offers import Offers
from gateway.site.about import MADE_BY, KeptFor, about, works


def test_every_model_of_the_manifest_is_there_once_with_its_licence_and_whoever_has_to_be_named() -> None:
    told = {name: work for work in works() for name in work.models}
    models = read_manifest().models
    assert sorted(name for work in works() for name in work.models) == sorted(model.name for model in models)
    for model in models:
        assert (told[model.name].licence, told[model.name].attribution) == (model.licence, model.attribution)
        assert told[model.name].name == MADE_BY[model.engine][0], "say in MADE_BY who made what is new"
    opus = told["opus-zh-en"]
    assert (opus.licence, opus.licence_url) == ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/")
    assert "Tiedemann" in opus.attribution
    assert all(work.licence_url for work in works() if work.licence.startswith("CC-BY")), "its licence wants a link"


def test_times_are_those_of_the_settings() -> None:
    settings = Settings(audio_retention_h=2, text_retention_h=48, history_s=60, transcripts=False)
    told = about(settings, Offers({}, {}, {}))
    assert told.kept == KeptFor(sound_s=7_200, text_s=172_800, captions_s=60, transcripts=False)
    assert told.engines == {}, "no worker has said anything"
    assert told.version


def test_engines_in_use_are_named_once_and_a_service_of_others_is_told() -> None:
    engines = {
        "transcribe": {"*": {"en": "whisper", "es": "amazon"}},
        "translate": {"en": {"es": "firefox", "ca": "firefox"}, "es": {"en": "firefox"}},
        "synthesize": {},
    }
    told = about(Settings(), Offers({}, {}, {}, engines=engines)).engines
    assert {stage: [(each.name, each.elsewhere) for each in those] for stage, those in told.items()} == {
        "transcribe": [("Amazon Transcribe, Translate, Polly", True), ("Whisper", False)],
        "translate": [("Firefox Translations", False)],
    }
