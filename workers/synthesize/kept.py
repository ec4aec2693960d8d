"""What is kept for the languages of a session for longer than a lane, which a silence of half a minute closes."""

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

MOST: Final = 1_000
"""Languages of sessions; the one that was not used for longest is forgotten."""

T = TypeVar("T")


class PerLanguage(Generic[T]):
    """One thing for each language of a session, made when it is first asked for."""

    def __init__(self, make: Callable[[str], T], most: int = MOST) -> None:
        """`make` is given the language."""
        self._make, self._most = make, most
        self._all: dict[tuple[str, str], T] = {}

    def __iter__(self) -> Iterator[T]:
        return iter(self._all.values())

    def drop(self, which: Callable[[T], bool]) -> None:
        """Forgets some: they are made anew when they are asked for."""
        self._all = {key: each for key, each in self._all.items() if not which(each)}

    def of(self, session_id: str, language: str) -> T:
        """That of a language of a session."""
        key = session_id, language
        self._all[key] = self._all.pop(key) if key in self._all else self._make(language)
        if len(self._all) > self._most:
            del self._all[next(iter(self._all))]
        return self._all[key]
