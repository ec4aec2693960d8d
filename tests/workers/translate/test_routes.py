"""The table of routes is complete, and does not contradict itself."""

from workers.translate.routes import APERTIUM, GOOD, PACKAGES, PIVOT, RELATIVES, ROUGH_RELATIVES, package_of, packages


def test_english_leads_to_every_language_of_the_local_set() -> None:
    assert {target for source, target in APERTIUM if source == "en"} == set(PACKAGES)
    assert set(PACKAGES) == {"es", "ca", "gl", "eo", "fr", "pt", "it"}


def test_the_relatives_and_the_pivot_lead_to_each_other_and_to_english() -> None:
    for source in RELATIVES:
        assert {(source, "en"), (source, PIVOT), (PIVOT, source)} <= APERTIUM.keys()


def test_only_routes_that_there_are_are_judged() -> None:
    assert APERTIUM.keys() >= GOOD
    assert all(RELATIVES & {source, target} for source, target in ROUGH_RELATIVES)


def test_all_packages_together_hold_every_mode() -> None:
    assert {package_of(mode) for modes in APERTIUM.values() for mode in modes} == set(packages())
    assert set(PACKAGES.values()) <= set(packages())
