"""Why a place did not give what was wanted of it."""

from dragoman.runtime.errors import DragomanError


class SourceError(Exception):
    """A place could not give a file; the text names the file or address, and says why."""


class UnreachableError(SourceError):
    """The place was not reached: another machine may reach it."""


class GoneError(SourceError):
    """The place answers, and does not have the file: it was moved or removed."""


class WrongFileError(SourceError):
    """The place gave something else than what was expected."""


class CutError(SourceError):
    """The connection broke, again and again; what came is kept, and the next fetch goes on from there."""


class NoSpaceError(DragomanError):
    """The disk is full."""
