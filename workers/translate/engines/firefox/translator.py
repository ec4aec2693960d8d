"""What is particular to the models of Firefox."""

from workers.translate.engines.pairs import PairsTranslator


class FirefoxTranslator(PairsTranslator):
    """Cheap enough for partials, too."""

    name = "firefox"
    partials = True
    child = "workers.translate.engines.firefox.process"
    library = "fxtranslate"
