"""What outlives a lane."""

from workers.synthesize.kept import PerLanguage


def test_each_language_of_a_session_has_its_own_and_keeps_it() -> None:
    kept = PerLanguage(lambda language: [language])
    first = kept.of("a", "es")
    assert first == ["es"]
    assert kept.of("a", "es") is first
    assert kept.of("b", "es") is not first
    assert kept.of("a", "pt") == ["pt"]
    assert len(list(kept)) == 3


def test_the_one_that_was_not_used_for_longest_is_forgotten() -> None:
    kept = PerLanguage(lambda language: [language], most=2)
    first, second = kept.of("a", "es"), kept.of("b", "es")
    kept.of("a", "es")
    kept.of("c", "es")
    assert kept.of("a", "es") is first
    assert kept.of("b", "es") is not second
    assert len(list(kept)) == 2
