"""What several engines can do together."""

from tests.workers.translate.glossed import Glossed
from workers.translate.abilities import abilities


def test_a_language_is_rough_only_if_nobody_does_it_well() -> None:
    rough = Glossed("rough", "es", "fr", rough=("es", "fr"))
    assert abilities([rough]) == ({"*": ["es", "fr"]}, {"*": ["es", "fr"]})
    assert abilities([rough, Glossed("good", "es")]) == ({"*": ["es", "fr"]}, {"*": ["fr"]})
    assert abilities([Glossed("good", "es")]) == ({"*": ["es"]}, {})
