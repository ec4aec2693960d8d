"""What is particular to the models of OPUS-MT."""

from workers.translate.engines.pairs import PairsTranslator


class OpusTranslator(PairsTranslator):
    """A sentence costs twenty times what one of Firefox's does: no partials."""

    name = "opus"
    partials = False
    child = "workers.translate.engines.opus.process"
    library = "sentencepiece"
