import click
from click.testing import CliRunner

from dragoman.cli.options import setting
from dragoman.runtime.settings import read_settings


@click.command()
@setting("operator_port")
@setting("auth")
@setting("demo")
def command(**options: str | bool | None) -> None:
    settings = read_settings(**options)
    click.echo(f"{settings.operator_port} {settings.auth} {settings.demo}")


def said(*arguments: str, **environment: str) -> str:
    result = CliRunner().invoke(command, arguments, env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_without_an_option_the_setting_decides() -> None:
    assert said() == "8081  False"
    assert said(DRAGOMAN_OPERATOR_PORT="9000", DRAGOMAN_AUTH="open", DRAGOMAN_DEMO="true") == "9000 open True"


def test_an_option_wins_over_its_variable() -> None:
    assert (
        said("--operator-port", "9001", "--no-demo", DRAGOMAN_OPERATOR_PORT="9000", DRAGOMAN_DEMO="1") == "9001  False"
    )


def test_help_shows_the_variable_the_default_and_what_may_be_said() -> None:
    help_text = " ".join(said("--help").split())
    assert "--operator-port NUMBER" in help_text
    assert "env var: DRAGOMAN_OPERATOR_PORT; default: 8081]" in help_text
    assert "--auth open|secret|oidc " in help_text
