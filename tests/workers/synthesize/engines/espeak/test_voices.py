"""espeak-ng's listing becomes a voice for each language tag."""

from workers.synthesize.engines.espeak.voices import voices_by_language

LISTING = """Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  ca              --/M      Catalan            roa/ca
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  en-us-nyc       --/M      English_(America,_New_York_City) gmw/en-US-nyc
 5  es              --/M      Spanish_(Spain)    roa/es
 5  es-419          --/M      Spanish_(Latin_America) roa/es-419           (es-mx 6)(es 6)
 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  piqd            --/M      Klingon            art/piqd
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)

 5  broken
"""


def test_a_tag_gets_the_voice_with_the_best_priority() -> None:
    voices = voices_by_language(LISTING)
    assert voices["en"] == voices["en-GB"] == "en-gb"
    assert voices["en-US"] == "en-us"
    assert voices["es"] == "es"
    assert voices["es-MX"] == voices["es-419"] == "es-419"
    assert voices["fr"] == voices["fr-FR"] == "fr-fr"
    assert voices["pt"] == voices["pt-PT"] == "pt"
    assert voices["pt-BR"] == "pt-br"
    assert voices["zh"] == "cmn"


def test_languages_without_a_voice_get_a_related_one() -> None:
    voices = voices_by_language(LISTING)
    assert (voices["gl"], voices["oc"], voices["ast"]) == ("pt", "ca", "es")


def test_a_voice_of_its_own_is_better_than_a_related_one() -> None:
    assert voices_by_language(LISTING + " 5  gl  --/M  Galician  roa/gl\n")["gl"] == "gl"


def test_a_related_language_needs_the_other_voice() -> None:
    assert "oc" not in voices_by_language(LISTING.replace(" 5  ca ", " 5  cs "))


def test_names_that_are_no_language_tags_are_left_out() -> None:
    assert not {"piqd", "en-us-nyc", "broken", "Language"} & set(voices_by_language(LISTING))


def test_an_empty_listing_has_no_voice() -> None:
    assert voices_by_language("") == {}
