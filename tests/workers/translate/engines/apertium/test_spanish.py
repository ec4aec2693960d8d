"""Questions and exclamations are opened."""

import pytest

from workers.translate.engines.apertium.spanish import opened


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Qué pasa?", "¿Qué pasa?"),
        ("Sí. Qué pasa, hombre? Nada!", "Sí. ¿Qué pasa, hombre? ¡Nada!"),
        ("¿Qué pasa?", "¿Qué pasa?"),
        ("Nada.", "Nada."),
        ("Por qué?!", "¿Por qué?!"),
        ("", ""),
    ],
)
def test_the_opening_mark_stands_where_the_sentence_begins(text: str, right: str) -> None:
    assert opened(text) == right
