import pytest

from dragoman.models.languages import NAMES, tag_of
from dragoman.models.manifest import read_manifest
from dragoman.runtime.errors import DragomanError
from tests.dragoman.models.places import a_manifest, a_model

SHIPPED = read_manifest()


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("de", "de"), (" DE ", "de"), ("pt-BR", "pt"), ("pt_br", "pt"), ("Spanish", "es"), ("ukrainian", "uk")],
)
def test_a_language_is_known_by_its_tag_and_its_name(typed: str, tag: str) -> None:
    assert tag_of(SHIPPED, typed) == tag


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("spainish", "no model for 'spainish': did you mean es (Spanish)?"),
        ("germna", "did you mean de (German)?"),
        ("dee", "did you mean de (German)?"),
        ("klingon", "no model for 'klingon': there are some for ca, de, en, es"),
        ("*", "no model for '*': there are some for ca, de, en, es"),
    ],
)
def test_what_is_no_language_here_names_the_nearest(typed: str, said: str) -> None:
    with pytest.raises(DragomanError) as caught:
        tag_of(SHIPPED, typed)
    assert said in str(caught.value)


def test_every_language_of_the_shipped_models_has_a_name() -> None:
    assert {tag for model in SHIPPED.models for tag in model.languages} - {"*"} == NAMES.keys()


def test_a_language_of_somebodys_own_list_needs_no_name() -> None:
    own = a_manifest(a_model("firefox-en-sw", kind="translation", languages=("en", "sw")))
    assert tag_of(own, "sw") == "sw"
    with pytest.raises(DragomanError, match="did you mean sw"):
        tag_of(own, "sww")
