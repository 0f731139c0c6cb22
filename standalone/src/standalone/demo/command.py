"""The command line of the demonstration."""

import asyncio
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import uuid4

import httpx
import typer
from rich.console import Console

from linli.chassis.issuer import IssuerError, LocalIssuer
from standalone.demo.child import running_standalone
from standalone.demo.life import Life, live
from standalone.demo.result import Result
from standalone.demo.screen import Screen
from standalone.demo.suite import DemoError, Suite
from standalone.demo.year import YearIssue, load_year
from standalone.folder import DataFolder

AT_ONCE = 8
TIMEOUT_S = 30.0
EXIT_UNUSABLE = 2
COMPOSE_KEY = Path(".linli/compose/issuer.json")


def demo(
    url: Annotated[
        str | None, typer.Option(help="Drive a suite that runs already, such as http://127.0.0.1:8080.")
    ] = None,
    issuer_key: Annotated[
        Path, typer.Option(help="With --url: the key that its tokens are signed with.")
    ] = COMPOSE_KEY,
    data: Annotated[Path | None, typer.Option(help="Keep the data here instead of in a temporary folder.")] = None,
    amqp_url: Annotated[str | None, typer.Option(help="Run on this RabbitMQ virtual host.")] = None,
    database_url: Annotated[str | None, typer.Option(help="Run on this PostgreSQL server.")] = None,
) -> None:
    """Replay the model compound's year: 56 issues from report to close, through the public APIs only.

    Ends with 0 when nothing was lost, 1 when something was, 2 when the suite cannot be used.
    """
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    screen = Screen(Console())
    try:
        with ExitStack() as stack:
            if url is None:
                folder = DataFolder(data or Path(stack.enter_context(TemporaryDirectory(prefix="linli-demo-"))))
                screen.say(f"starting the suite, its data in {folder.root} ...")
                url = stack.enter_context(running_standalone(folder.root, amqp_url=amqp_url, database_url=database_url))
                issuer_key = folder.issuer_key
            issuer = _issuer(issuer_key)
            complete = asyncio.run(_replay(url, issuer, screen))
    except (DemoError, IssuerError, OSError) as error:
        print(f"linli-demo: {error}", file=sys.stderr)  # noqa: T201 - whoever started it reads it
        raise typer.Exit(EXIT_UNUSABLE) from None
    raise typer.Exit(0 if complete else 1)


def _issuer(key: Path) -> LocalIssuer:
    if not key.exists():
        raise DemoError(f"{key} is missing: --issuer-key names the key that the suite's tokens are signed with")
    return LocalIssuer.load_or_create(key)


async def _replay(url: str, issuer: LocalIssuer, screen: Screen) -> bool:
    issues = load_year()
    limits = httpx.Limits(max_connections=2 * AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False) as client:
        suite = Suite(client, issuer)
        await suite.look_around()
        before = await _waiting(suite)
        screen.say(f"replaying {len(issues)} issues at {url}")
        with screen.year(len(issues)):
            lives = await _live_all(suite, issues, screen)
        after = await _waiting(suite)
    result = Result(lives)
    waiting = {name: depth - before.get(name, 0) for name, depth in after.items() if depth > before.get(name, 0)}
    screen.result(result, suite.unit_names, waiting)
    return result.complete


async def _live_all(suite: Suite, issues: list[YearIssue], screen: Screen) -> list[Life]:
    run, turn = uuid4(), asyncio.Semaphore(AT_ONCE)

    async def one(place: int, issue: YearIssue) -> Life:
        async with turn:
            life = await live(suite, issue, f"demo-{run}-{place}")
        screen.closed()
        return life

    return list(await asyncio.gather(*(one(place, issue) for place, issue in enumerate(issues))))


async def _waiting(suite: Suite) -> dict[str, int]:
    """Return how many events wait for each department."""
    streams = await suite.get("/notify/v1/subscriptions", token=suite.observer())
    return {one["department"]: one["waiting"] for one in streams if one["waiting"] is not None}


def main() -> None:
    """Run the command line."""
    app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    app.command()(demo)
    app()
