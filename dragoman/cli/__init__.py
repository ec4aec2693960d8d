"""The command `dragoman`. A subcommand is one file with a click command named `command`, imported when it is called."""

from difflib import get_close_matches
from importlib import import_module

import click

from dragoman.runtime.errors import DragomanError, SettingsError

COMMANDS = {
    "up": "Start everything on this machine and keep it running.",
    "speak": "Speak a recording into a session.",
    "listen": "Follow a session: captions in the terminal, speech saved or played.",
    "gateway": "Run one gateway.",
    "worker": "Run one worker of a stage.",
    "topics": "Create the Kafka topics, or bring their retention up to date.",
    "ops": "Look from outside at how far each stage is behind, for Prometheus and autoscalers.",
    "lag": "Show how far each stage is behind, in messages and seconds of speech.",
    "usage": "Sum up what engines were used for, and what that costs.",
    "trace": "Show which way the words of a session took, and how long.",
    "record": "Keep a session as one file, to be replayed anywhere.",
    "replay": "Run a stage again on a past session; prints what it yields, or what changed.",
    "dead-letters": "List, show, replay and discard the records that no stage could process.",
    "export": "Write what was said in a session to a file: speech, text or subtitles.",
    "load": "Put many speakers and listeners on a running system, and measure how it bears them.",
    "report": "Measure a running system with several loads, beside what is aimed at and an older report.",
    "measure": "Measure recognition, captions, speech and latency on recorded clips.",
    "evaluate": "Compare what a past session, or a text, came to with a reference.",
    "models": "List, fetch and remove models: what recognises, translates and speaks.",
    "doctor": "Say what is installed, what works and what is missing.",
}
"""Name to the line that `dragoman --help` shows, so that help imports no command."""


TELLING = ("gateway", "worker", "doctor")
"""They tell of misspelt variables in their logs, or in their report."""


class Commands(click.Group):
    """Imports a command when it is called; says every error that a person can mend in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"dragoman.cli.{cmd_name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"dragoman.cli.{cmd_name}.command is no click command")
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Says what may have been meant by a command that there is none of."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if close := get_close_matches(args[0], COMMANDS, n=1):
                error.message += f" Did you mean '{close[0]}'?"
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DragomanError as error:
            click.echo(f"dragoman {ctx.invoked_subcommand}: {error}", err=True)
            ctx.exit(2)


FIRST_STEPS = """Live speech translation on your own machines. What to do first:

  dragoman doctor       what is installed, and what is missing
  dragoman up --demo    everything on this machine, with a recorded voice that speaks; then open the link that it prints
  dragoman up           the same without the voice: speak at http://127.0.0.1:8080/speak

`dragoman --help` lists all commands, `dragoman COMMAND --help` what each can do."""


@click.group(
    cls=Commands,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(package_name="dragoman")
@click.option(
    "--strict",
    is_flag=True,
    envvar="DRAGOMAN_STRICT",
    show_envvar=True,
    help="A variable DRAGOMAN_… that is no setting is an error.",
)
@click.pass_context
def main(ctx: click.Context, strict: bool) -> None:
    """Live speech translation on your own machines: one person speaks, anyone reads and hears it in their language.

    `dragoman up` starts everything on one machine; `dragoman doctor` says what is missing. Every option is also a
    setting, an environment variable DRAGOMAN_…; an option wins over its variable.
    """
    if ctx.invoked_subcommand is None:
        click.echo(FIRST_STEPS)
        return
    from dragoman.runtime.settings import unknown_variables

    unknown = unknown_variables()
    if strict and unknown:
        raise SettingsError("; ".join(unknown))
    if ctx.invoked_subcommand not in TELLING:
        for line in unknown:
            click.echo(f"dragoman: {line}", err=True)
