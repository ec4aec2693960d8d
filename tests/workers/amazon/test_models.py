"""The peers refuse what the services would: what botocore lets pass."""

import pytest

from tests.workers.amazon.models import mistakes

RIGHT = {"Text": "one", "SourceLanguageCode": "en", "TargetLanguageCode": "es"}


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({}, None),
        ({"Settings": {"Formality": "POLITE"}}, "$.Settings.Formality: 'POLITE' is none of"),
        ({"TargetLanguageCode": "es-419-x"}, "$.TargetLanguageCode has 8 characters"),
        ({"Text": "x" * 10_001}, "$.Text has 10001 characters"),
        ({"TerminologyNames": ["not a name!"]}, "$.TerminologyNames[0]: 'not a name!' is not"),
        ({"Politeness": "yes"}, "$.Politeness is unknown"),
        ({"Text": 1}, "Invalid type for parameter Text"),
    ],
)
def test_a_request_that_the_service_would_refuse_is_found(change: dict[str, object], mistake: str | None) -> None:
    if mistake == "Invalid type for parameter Text":
        with pytest.raises(TypeError):
            mistakes("translate", "TranslateText", RIGHT | change)
        return
    found = mistakes("translate", "TranslateText", RIGHT | change)
    assert (not found) if mistake is None else found[-1].startswith(mistake)
