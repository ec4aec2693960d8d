"""`dragoman ops`: the process that watches all others from outside."""

import asyncio

import click

from dragoman.cli.options import setting
from dragoman.runtime.settings import read_settings


@click.command()
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("redis", help="Redis, `redis://host:port/0`.")
@setting("operator_host")
@setting("operator_port")
@setting("ops_host")
@setting("ops_port")
def command(**options: str | None) -> None:
    """Look once a second at how far each stage is behind; tell it on the operator port, and show it on a page.

    \b
    /metrics   Prometheus: messages and seconds by stage and partition, sessions that have a speaker
    /stages    JSON for autoscalers: by stage, and the load
    /readyz    200 while all of that is known

    The operators' page is http://127.0.0.1:8070/ops (--ops-host, --ops-port): stages, sessions, engines, dead letters,
    processes. Without DRAGOMAN_OPS_TOKEN only this machine sees it.

    It is one process for the whole platform, outside the workers: it is right also when they hang or are gone. Nothing
    depends on it but what is scaled and alarmed by it. SIGTERM ends it.
    """
    from dragoman.ops.process import serve
    from dragoman.runtime.logs import configure_logs

    settings = read_settings(**options)
    configure_logs(settings.log_level, settings.log_format, process="ops")
    asyncio.run(serve(settings))
