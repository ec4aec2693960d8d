"""What people type when they mean a language: a tag, or its English name, or something near to one of the two."""

from difflib import get_close_matches

from dragoman.models.manifest import Manifest
from dragoman.runtime.errors import DragomanError

NAMES = {
    "ca": "Catalan",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
"""Of the languages that models are for."""


def tag_of(manifest: Manifest, typed: str) -> str:
    """The language of the manifest that is meant: `pt` for `pt-BR`, `pt_BR` or `Portuguese`.

    Raises DragomanError, which names the nearest, for one that no model is for.
    """
    known = {tag for model in manifest.models for tag in model.languages if tag != "*"}
    wanted = typed.strip().lower().replace("_", "-")
    names = {NAMES[tag].lower(): tag for tag in known if tag in NAMES}
    for tag in (names.get(wanted, wanted), wanted.split("-")[0]):
        if tag in known:
            return tag
    near = get_close_matches(wanted, [*names, *sorted(known)], n=1)
    if not near:
        raise DragomanError(f"there is no model for {typed.strip()!r}: there are some for {', '.join(sorted(known))}")
    tag = names.get(near[0], near[0])
    named = f"{tag} ({NAMES[tag]})" if tag in NAMES else tag
    raise DragomanError(f"there is no model for {typed.strip()!r}: did you mean {named}?")
