"""Errors that a person must mend, and how a program ends with one."""

from typing import TypeVar


class DragomanError(Exception):
    """Something that the person at the keyboard can mend; the text is one line that says how."""


class SettingsError(DragomanError):
    """A setting has a value that it cannot have."""


ErrorType = TypeVar("ErrorType", bound=BaseException)


def first_of(group: BaseExceptionGroup, kind: type[ErrorType]) -> ErrorType | None:
    """One error of `kind` in a group, however deep it lies.

    For `except BaseExceptionGroup`: what is raised in an `except*` is wrapped once more by Python 3.11.2.
    """
    found: BaseException | None = group.subgroup(kind)
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, kind) else None
