"""`python -m gateway`: serves speakers and listeners until SIGTERM, then sends them elsewhere.

A second SIGTERM, or SIGINT, ends it without waiting for them.
"""

import asyncio
import logging
import signal
import sys

import uvloop

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.logs import configure_logs
from dragoman.runtime.settings import Settings, read_settings, warn_of_misspelt
from gateway.gateway import Gateway, check
from gateway.limits.descriptors import raise_descriptors


def main(**options: str | None) -> None:
    """Runs the gateway with the settings of the environment and those given as options.

    Ends with one line and status 2 when they do not do.
    """
    try:
        settings = read_settings(**options)
        check(settings)
        configure_logs(settings.log_level, settings.log_format, process="gateway")
        warn_of_misspelt()
        logging.getLogger("aiohttp.websocket").setLevel("ERROR")  # its warning holds the subprotocols, and tickets
        logging.getLogger("aiokafka").setLevel("ERROR")  # a line for every retry while Kafka is away
        raise_descriptors(settings.sockets)
        factory = uvloop.new_event_loop if settings.loop == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(_serve(settings))
    except DragomanError as error:
        sys.stderr.write(f"dragoman gateway: {error}\n")
        sys.exit(2)


async def _serve(settings: Settings) -> None:
    stopped, hurried = asyncio.Event(), asyncio.Event()

    def stop(hurry: bool) -> None:
        if hurry or stopped.is_set():
            hurried.set()
        stopped.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop, False)
    loop.add_signal_handler(signal.SIGINT, stop, True)
    gateway = Gateway(settings)
    try:
        await gateway.start()
        await stopped.wait()
        await gateway.drain(hurried)
    finally:
        await gateway.stop()


if __name__ == "__main__":
    main()
