"""`linli bus parked`: events that their service cannot publish."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.cli.columns import print_columns, printable, tell
from linli.cli.refusing import refusing, say
from linli.cli.service_databases import Databases, database_urls, known_service, variable_of
from linli.messaging.operator_database import operator_database
from linli.messaging.parked import Parked
from linli.messaging.parked import discard as discard_one
from linli.messaging.parked import parked as parked_in
from linli.messaging.parked import redrive as redrive_one
from linli.messaging.refusal import BusError
from linli.messaging.suite import SERVICES

parked = typer.Typer(help="Events that can never be published as they are.", no_args_is_help=True)

Service = Annotated[str | None, typer.Option(help="Only this service.")]
EventId = Annotated[UUID | None, typer.Option("--id", help="Only the event with this id.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many of each service.")]
Act = Callable[[AsyncConnection, Parked], Awaitable[bool]]

HEAD = ("SERVICE", "EVENT", "TYPE", "AGGREGATE", "PARKED", "ATTEMPTS", "BEHIND", "ERROR")
NUMBERS = frozenset({5, 6})
MOST_ERROR = 100


@parked.command("list")
def list_parked(
    database: Databases = None, service: Service = None, event_id: EventId = None, limit: Limit = 100
) -> None:
    """List parked events, and how many later events of the same aggregate wait behind each."""
    with refusing():
        found = asyncio.run(_found(_urls(database, service), event_id, limit))
        _require(found, event_id)
    rows = [
        (
            name,
            str(one.id),
            one.type,
            one.aggregate,
            one.parked_at.astimezone().isoformat(sep=" ", timespec="seconds"),
            str(one.attempts),
            str(one.behind),
            printable(one.error, MOST_ERROR),
        )
        for name, one in found
    ]
    print_columns(HEAD, rows, right=NUMBERS)


@parked.command("redrive")
def redrive_parked(
    database: Databases = None, service: Service = None, event_id: EventId = None, limit: Limit = 100
) -> None:
    """Let the relay try parked events again, as often as at first: of use when what refused them was mended."""
    _require_filter(service, event_id)
    with refusing():
        _each(
            asyncio.run(_act(_urls(database, service), event_id, limit, redrive_one)), event_id, "redriven", "follow it"
        )


@parked.command("discard")
def discard_parked(
    database: Databases = None,
    service: Service = None,
    event_id: EventId = None,
    limit: Limit = 100,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; nobody will ever hear of them.")] = False,
) -> None:
    """Delete parked events; the later events of their aggregates then flow."""
    _require_filter(service, event_id)
    if not yes:
        raise typer.BadParameter("needed: what is discarded is gone", param_hint="--yes")
    with refusing():
        _each(
            asyncio.run(_act(_urls(database, service), event_id, limit, discard_one)), event_id, "discarded", "flow now"
        )


def _require_filter(service: str | None, event_id: UUID | None) -> None:
    if service is None and event_id is None:
        raise typer.BadParameter("say which: --service or --id", param_hint="--id")


def _urls(database: list[str] | None, service: str | None) -> dict[str, str]:
    urls = database_urls(database or [])
    wanted = SERVICES if service is None else (known_service(service),)
    unknown = [name for name in wanted if name not in urls]
    if len(unknown) == len(wanted):
        variables = " or ".join(variable_of(name) for name in unknown)
        raise BusError(f"no database is known: give --database {unknown[0]}=postgresql://..., or set {variables}")
    if unknown:
        say(f"not looked at, because their databases are not known: {', '.join(unknown)}")
    return {name: urls[name] for name in wanted if name in urls}


async def _found(urls: dict[str, str], event_id: UUID | None, limit: int) -> list[tuple[str, Parked]]:
    found: list[tuple[str, Parked]] = []
    for name, url in urls.items():
        async with operator_database(url, f"the database of {name}") as connection:
            found += [(name, one) for one in await parked_in(connection, id=event_id, limit=limit)]
    return found


async def _act(urls: dict[str, str], event_id: UUID | None, limit: int, act: Act) -> list[tuple[str, Parked]]:
    done: list[tuple[str, Parked]] = []
    for name, url in urls.items():
        async with operator_database(url, f"the database of {name}") as connection, connection.begin():
            meant = await parked_in(connection, id=event_id, limit=limit)
            done += [(name, one) for one in meant if await act(connection, one)]
    return done


def _require(found: list[tuple[str, Parked]], event_id: UUID | None) -> None:
    if event_id is not None and not found:
        raise BusError(f"no parked event has the id {event_id}")


def _each(done: list[tuple[str, Parked]], event_id: UUID | None, what: str, then: str) -> None:
    _require(done, event_id)
    for name, one in done:
        tell(f"{what} {name} {one.id} {one.type}; later events of {one.aggregate} that {then}: {one.behind}")
    if not done:
        say("nothing is parked")
