"""The command line of the demonstration."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
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
from standalone.demo.scenes import (
    DAYS_AHEAD,
    Left,
    departments_called,
    explained,
    figures,
    left_alone,
    meeting_held,
    reports_merged,
    time_ran_out,
)
from standalone.demo.screen import Screen
from standalone.demo.suite import DemoError, Suite
from standalone.demo.volunteering import volunteers_help
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
        if url is not None:
            played = asyncio.run(_play(url, _issuer(issuer_key), screen))
        else:
            with ExitStack() as stack:
                folder = DataFolder(data or Path(stack.enter_context(TemporaryDirectory(prefix="linli-demo-"))))
                screen.say(f"starting the suite, its data in {folder.root} ...")
                running = partial(running_standalone, folder.root, amqp_url=amqp_url, database_url=database_url)
                played = _play_and_travel(folder, screen, running)
    except (DemoError, IssuerError, OSError) as error:
        print(f"linli-demo: {error}", file=sys.stderr)  # noqa: T201 - whoever started it reads it
        raise typer.Exit(EXIT_UNUSABLE) from None
    screen.result(played.result, played.names, played.waiting)
    raise typer.Exit(0 if played.result.complete else 1)


@dataclass(frozen=True, slots=True)
class Played:
    """What the year came to, and a case that was left alone in its end."""

    result: Result
    names: Mapping[str, str]
    waiting: Mapping[str, int]
    left: Left


def _issuer(key: Path) -> LocalIssuer:
    if not key.exists():
        raise DemoError(f"{key} is missing: --issuer-key names the key that the suite's tokens are signed with")
    return LocalIssuer.load_or_create(key)


def _play_and_travel(folder: DataFolder, screen: Screen, running: Callable[..., AbstractContextManager[str]]) -> Played:
    """Play on a suite of our own, and start it once more with its clock ahead."""
    with running() as url:
        played = asyncio.run(_play(url, _issuer(folder.issuer_key), screen))
    screen.say(f"\nstarting the suite again, {DAYS_AHEAD} days later ...")
    with running(days_ahead=DAYS_AHEAD) as url:
        asyncio.run(_travel(url, _issuer(folder.issuer_key), screen, played.left))
    return played


async def _play(url: str, issuer: LocalIssuer, screen: Screen) -> Played:
    issues = load_year()
    async with _suite(url, issuer) as suite:
        before = await _waiting(suite)
        screen.say(f"replaying {len(issues)} issues at {url}")
        with screen.year(len(issues)):
            lives = await _live_all(suite, issues, screen)
        after = await _waiting(suite)
        waiting = {name: depth - before.get(name, 0) for name, depth in after.items() if depth > before.get(name, 0)}
        await _show(suite, screen)
        return Played(Result(lives), suite.unit_names, waiting, await left_alone(suite))


async def _show(suite: Suite, screen: Screen) -> None:
    """Show what a year does not show by itself."""
    screen.scene("The indicators", await figures(suite))
    screen.scene("A façade: one department leads, others co-handle", await departments_called(suite))
    screen.scene("A meeting on the site", await meeting_held(suite))
    screen.scene("Two reports of one dark staircase", await reports_merged(suite))
    screen.scene("Neighbours help: wishes, patrols, a service day", await volunteers_help(suite))
    screen.scene("Why a case went where it went", await explained(suite))


async def _travel(url: str, issuer: LocalIssuer, screen: Screen, left: Left) -> None:
    async with _suite(url, issuer) as suite:
        screen.scene("A case that nobody accepted", await time_ran_out(suite, left))


@asynccontextmanager
async def _suite(url: str, issuer: LocalIssuer) -> AsyncIterator[Suite]:
    limits = httpx.Limits(max_connections=2 * AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False) as client:
        suite = Suite(client, issuer)
        await suite.look_around()
        yield suite


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
    return {one["department"]: one["waiting"] for one in streams if one["seeded"] and one["waiting"] is not None}


def main() -> None:
    """Run the command line."""
    app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    app.command()(demo)
    app()
