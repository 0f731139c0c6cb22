"""`linli-standalone`: the whole suite as one process, for newcomers, front-end developers and small places."""

import asyncio
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

import typer
import uvicorn
from sqlalchemy.engine import make_url

from linli.chassis.issuer import IssuerError
from linli.chassis.logs import configure_logs
from linli.chassis.runner import KEEP_ALIVE_S, Server
from linli.chassis.runtime import utc_now
from linli.embedded import EmbeddedPostgresError, embedded_postgres
from standalone.databases import DatabaseError, admin_url, ensure_databases
from standalone.folder import DataFolder, open_folder
from standalone.suite import BUS, BrokerError, Places, create_suite, ensure_broker

EXIT_UNUSABLE = 2
GRACE_S = 20

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def standalone(
    data: Annotated[Path, typer.Option(help="Folder that everything is kept in between runs.")] = Path(".linli"),
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes a free one.")] = 8000,
    amqp_url: Annotated[
        str | None, typer.Option(envvar="LINLI_AMQP_URL", help="A RabbitMQ virtual host, not the embedded bus.")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(envvar="LINLI_DATABASE_URL", help="A PostgreSQL server, by an account that may create databases."),
    ] = None,
    days_ahead: Annotated[
        int, typer.Option(min=0, max=3650, help="Let the suite's clock run ahead, to see what time will do.")
    ] = 0,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = "WARNING",
) -> None:
    """Serve intake, routing, volunteer and notify at one address until Ctrl-C or SIGTERM.

    By default on an embedded PostgreSQL and an embedded bus: nothing else is needed.
    """
    configure_logs("standalone", log_level)
    if amqp_url is not None and urlsplit(amqp_url).scheme not in {"amqp", "amqps"}:
        _refuse("a broker's URL begins with amqp:// or amqps://")
    # Until the server takes the signals, they unwind what was begun.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with ExitStack() as stack:
        try:
            address = stack.enter_context(_bound(host, port))
            folder = open_folder(data)
            admin = admin_url(database_url or stack.enter_context(embedded_postgres(folder.postgres)))
            places = Places(admin, amqp_url)
            asyncio.run(ensure_databases(admin, places.databases))
            asyncio.run(ensure_broker(places))
            suite = create_suite(places, folder, _clock(timedelta(days=days_ahead)))
        except (BrokerError, DatabaseError, EmbeddedPostgresError, IssuerError, OSError) as error:
            _refuse(str(error))
        config = uvicorn.Config(
            suite,
            loop="uvloop",
            http="httptools",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = GuidingServer(config, suite.state.closing, _guide(address, folder, places))
        for number in SIGNALS:
            # The server raises them again at its end, when there is nothing left to end.
            signal.signal(number, lambda _number, _frame: None)
        server.run(sockets=[address])
    if not server.started:
        raise typer.Exit(1)


def _clock(ahead: timedelta) -> Callable[[], datetime]:
    return lambda: utc_now() + ahead


class GuidingServer(Server):
    """Says where it is once it is there."""

    def __init__(self, config: uvicorn.Config, closing: Sequence[asyncio.Event], guide: str) -> None:
        super().__init__(config, closing)
        self._guide = guide

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if self.started:
            print(self._guide, flush=True)  # noqa: T201 - for whoever started it


def _bound(host: str, port: int) -> socket.socket:
    # Before anything else: a port that is taken is told at once.
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise OSError(f"cannot listen at {host}:{port}: {error.strerror}") from None


def _guide(address: socket.socket, folder: DataFolder, places: Places) -> str:
    host, port = address.getsockname()[:2]
    linli = shlex.quote(_shortest(Path(sys.executable).parent / "linli"))
    key = shlex.quote(_shortest(folder.issuer_key))
    bus = shlex.quote(_without_password(places.amqp_url or places.database(BUS)))
    return "\n".join(
        (
            f"Linli is at http://{host}:{port} (API documents: http://{host}:{port}/docs); Ctrl-C ends it.",
            f"Its data stay in {folder.root.resolve()}",
            "A token, here of a supervisor of everything:",
            f"  {linli} token --key {key} --subject li-tongchou --name 例统筹 --role supervisor --area sanchajie",
            "A department's events, taken from its inbox while no one else reads it:",
            f"  {linli} events tail --department housing --bus {bus}",
        )
    )


def _shortest(path: Path) -> str:
    # Not resolved: the program of a virtual environment is a link.
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _refuse(reason: str) -> NoReturn:
    print(f"linli-standalone: {reason}", file=sys.stderr)  # noqa: T201 - the operator reads it
    raise typer.Exit(EXIT_UNUSABLE)


def main() -> None:
    """Run the command line."""
    app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    app.command()(standalone)
    app()
