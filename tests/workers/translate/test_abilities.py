"""What several engines can do together."""

from tests.workers.translate.glossed import Glossed
from workers.translate.abilities import abilities


def test_a_language_is_rough_only_if_nobody_does_it_well() -> None:
    rough = Glossed("rough", "es", "fr", rough=("es", "fr"))
    assert abilities([rough]) == ({"*": ["es", "fr"]}, {"*": ["es", "fr"]}, {"*": {"es": "rough", "fr": "rough"}})
    assert abilities([rough, Glossed("good", "es")])[:2] == ({"*": ["es", "fr"]}, {"*": ["fr"]})
    assert abilities([Glossed("good", "es")])[:2] == ({"*": ["es"]}, {})


def test_the_first_that_can_do_a_language_is_asked_first() -> None:
    both = [Glossed("one", "es"), Glossed("other", "es", "fr")]
    assert abilities(both)[2] == {"*": {"es": "one", "fr": "other"}}
