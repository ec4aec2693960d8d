"""Options that are settings: name, help, default and environment variable come from the setting itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from click.types import OptionHelpExtra

from dragoman.runtime.settings import Settings

_METAVARS = {int: "NUMBER", float: "NUMBER", Path: "PATH"}

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def setting(name: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """The option `--name` of the setting `name`; None when it is not given, so that `read_settings` decides."""
    field, option = Settings.model_fields[name], f"--{name.replace('_', '-')}"
    attributes.setdefault("help", field.description)
    if field.annotation is bool:
        option = f"{option}/--no-{name.replace('_', '-')}"
    else:
        attributes.setdefault("metavar", _metavar(field.annotation))
        attributes.setdefault("show_default", str(field.default) if field.default != "" else False)
    return click.option(
        option,
        name,
        cls=_Option,
        default=None,
        envvar=f"DRAGOMAN_{name.upper()}",
        show_envvar=True,
        **attributes,
    )


def url_option(command: Decorated) -> Decorated:
    """The option `--url`, with which a client finds its gateway."""
    return click.option(
        "--url",
        envvar="DRAGOMAN_URL",
        show_envvar=True,
        help="The gateway, or several with commas between.  [default: ws://127.0.0.1:8080]",
    )(command)


def key_option(command: Decorated) -> Decorated:
    """The option `--key`, with which a client shows who it is."""
    return click.option(
        "--key",
        envvar="DRAGOMAN_TOKEN",
        show_envvar=True,
        default="",
        help="The speakers' key or an access token, where the gateway asks for one. @FILE: it is read from there, anew"
        " for every connection.",
    )(command)


class _Option(click.Option):
    """Shows the default of the setting as it would be written."""

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        extra = super().get_help_extra(ctx)
        if "default" in extra:
            extra["default"] = extra["default"].strip("()")  # what click puts around a default that is a text
        return extra


def _metavar(kind: Any) -> str:
    """What stands for the value in the help."""
    if get_origin(kind) is Literal:
        return "|".join(value for value in get_args(kind) if value)
    return _METAVARS.get(kind, "TEXT")
