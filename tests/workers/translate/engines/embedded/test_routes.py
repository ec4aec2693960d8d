"""The ways from English are complete."""

from workers.translate.engines.embedded.routes import PACKAGES, ROUTES, package_of, packages


def test_every_language_of_the_embedded_set_has_a_route_and_a_package() -> None:
    assert set(ROUTES) == set(PACKAGES) == {"es", "ca", "gl", "eo", "fr", "pt", "pt-BR", "it"}


def test_pivots_go_through_spanish() -> None:
    assert {target for target, modes in ROUTES.items() if modes[0] == "eng-spa" and len(modes) == 2} == {
        "fr",
        "pt",
        "pt-BR",
        "it",
    }


def test_all_packages_together_hold_every_mode() -> None:
    assert {package_of(mode) for modes in ROUTES.values() for mode in modes} == set(packages())
    assert set(PACKAGES.values()) <= set(packages())
