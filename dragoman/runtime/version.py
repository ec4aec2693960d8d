"""Which Dragoman this is."""

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """As it is installed; empty for a checkout that is not."""
    try:
        return metadata.version("dragoman")
    except metadata.PackageNotFoundError:
        return ""
