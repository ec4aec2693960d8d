"""Errors that a person must mend, and how a program ends with one."""


class DragomanError(Exception):
    """Something that the person at the keyboard can mend; the text is one line that says how."""


class SettingsError(DragomanError):
    """A setting has a value that it cannot have."""
