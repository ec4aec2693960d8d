"""Festival's Catalan voice."""

from typing import Final

NAME: Final = "upc_ca_ona_hts"
SAMPLE_RATE: Final = 16_000
"""Of the voice."""
