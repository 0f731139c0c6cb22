"""A service as a process: its command line, its server, and how it stops."""

import argparse
import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from math import ceil
from typing import TypeVar, get_args

import structlog
import uvicorn
from fastapi import FastAPI

from linli.chassis.database import create_engine, migrate
from linli.chassis.logs import configure_logs
from linli.chassis.otlp import exporting_traces
from linli.chassis.settings import Role, ServiceSettings, amqp_url, load_settings
from linli.messaging.connect import open_transport
from linli.messaging.transport import Transport

_LOG = structlog.get_logger("linli.runner")

MAX_PORT = 65535

KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than clients and proxies keep theirs (5 and 60 seconds as a rule), so
that they never send a request into one that is just being closed."""

Settings = TypeVar("Settings", bound=ServiceSettings)


def run(
    name: str,
    settings_class: type[Settings],
    create_app: Callable[[Settings, Transport], FastAPI],
    argv: Sequence[str] | None = None,
) -> None:
    """Run the service ``name`` (also the name of its package) until SIGTERM or SIGINT, or migrate its database.

    The command line overrides the environment. On the signal no new request is taken, those under way finish, then
    the workers do; each of the two within ``shutdown_grace_s``. Ends with status 0.
    """
    options = vars(_parser(name).parse_args(argv))
    task = options.pop("task")
    given = {option: value for option, value in options.items() if value is not None}
    settings = load_settings(settings_class).model_copy(update=given)
    configure_logs(name, settings.log_level)
    if task == "migrate":
        asyncio.run(_migrate(settings, name))
    else:
        with exporting_traces(name):
            _serve(settings, create_app(settings, open_transport(amqp_url(settings))))


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--role", choices=get_args(Role), help="serve the API, run the workers, or both")
    parser.add_argument("--host")
    parser.add_argument("--port", type=_port)
    tasks = parser.add_subparsers(dest="task")
    tasks.add_parser("migrate", help="bring the database to the newest revision and end")
    return parser


def _port(value: str) -> int:
    port = int(value)
    if not 0 <= port <= MAX_PORT:
        raise ValueError(f"a port is at most {MAX_PORT}")
    return port


async def _migrate(settings: ServiceSettings, package: str) -> None:
    engine = create_engine(settings)
    try:
        await migrate(engine, package)
    finally:
        await engine.dispose()
    _LOG.info("database migrated")


def _serve(settings: ServiceSettings, app: FastAPI) -> None:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=ceil(settings.shutdown_grace_s),
    )
    # uvicorn raises the signal again after its shutdown; by default that would end the process with a failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    Server(config, [app.state.runtime.closing]).run()


class Server(uvicorn.Server):
    """Says that it closes before it waits for the requests under way: some would go on for ever."""

    def __init__(self, config: uvicorn.Config, closing: Sequence[asyncio.Event]) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, finish those under way, and end the applications."""
        for one in self._closing:
            one.set()
        await super().shutdown(sockets)
