"""`linli bus status`: how the queues and the outboxes stand."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer

from linli.cli.bus_options import Bus, District, Management
from linli.cli.columns import print_columns
from linli.cli.refusing import EXIT_REFUSED, refusing, say
from linli.cli.service_databases import Databases, database_urls, variable_of
from linli.district import load_district
from linli.messaging.amqp_figures import amqp_figures
from linli.messaging.embedded_figures import embedded_figures
from linli.messaging.figures import QueueFigures, ServiceFigures, bounded, service_figures
from linli.messaging.operator_database import operator_database
from linli.messaging.refusal import BusError
from linli.messaging.suite import SERVICES, suite_topology
from linli.messaging.topology import RETRY_TIERS, dead_queue, retry_queue

QUEUE_HEAD = ("QUEUE", "KIND", "READY", "UNACKED", "CONSUMERS", "OLDEST", "RETRYING", "DEAD")
SERVICE_HEAD = ("SERVICE", "OUTBOX", "OLDEST", "PARKED", "HELD")

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def show_status(
    bus: Bus,
    management: Management = None,
    database: Databases = None,
    district: District = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print every queue and service as JSON.")] = False,
) -> None:
    """Show what waits where, and for how long.

    The dead letters and unrouted events are read for the age of the oldest and given back in their order. "≤" is no
    longer than: RabbitMQ does not show what waits in an inbox, but it came after the newest event that was taken.
    """
    with refusing():
        urls = database_urls(database or [])
        names = [one.name for one in suite_topology(load_district(district)).queues]
    status = asyncio.run(_gather(bus, names, management, urls))
    if as_json:
        print(json.dumps(status.told(), indent=2))  # noqa: T201 - the answer
    else:
        print_columns(QUEUE_HEAD, _queue_rows(status.queues), right=frozenset({2, 3, 4, 5, 6, 7}))
        print()  # noqa: T201
        print_columns(SERVICE_HEAD, [_service_row(one) for one in status.services], right=frozenset({1, 2, 3, 4}))
    for line in (*status.notes, *status.failures):
        say(line)
    if status.failures:
        raise typer.Exit(EXIT_REFUSED)


@dataclass
class Status:
    """What was learned, what could not be and why, and what did not answer though it should."""

    queues: list[QueueFigures] = field(default_factory=list)
    services: list[ServiceFigures] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        """Return the figures for JSON."""
        return {
            "queues": [{**asdict(one), "kind": one.kind} for one in self.queues],
            "services": [asdict(one) for one in self.services],
        }


async def _gather(bus: str, names: Sequence[str], management: str | None, urls: Mapping[str, str]) -> Status:
    # Whatever is away, the rest is shown: with the broker gone, the outboxes are what one wants to see.
    status = Status()
    for name in (name for name in SERVICES if name in urls):
        try:
            async with operator_database(urls[name], f"the database of {name}") as connection:
                status.services.append(await service_figures(connection, name))
        except BusError as error:
            status.failures.append(str(error))
    if unknown := [name for name in SERVICES if name not in urls]:
        variables = ", ".join(map(variable_of, unknown))
        status.notes.append(f"no outbox of {', '.join(unknown)}: neither --database nor {variables} is given")
    try:
        if bus.startswith("amqp"):
            queues, notes = await amqp_figures(bus, names, management=management)
        else:
            queues, notes = await embedded_figures(bus, names)
    except BusError as error:
        status.failures.append(str(error))
    else:
        status.queues = [bounded(one, status.services) for one in queues]
        status.notes += notes
    return status


def _queue_rows(queues: list[QueueFigures]) -> list[tuple[str, ...]]:
    ready = {one.name: one.ready or 0 for one in queues}
    # Of the queues behind an inbox only those that hold something get a line of their own.
    return [_queue_row(one, ready) for one in queues if one.kind not in {"dead", "retry"} or one.ready]


def _queue_row(one: QueueFigures, ready: Mapping[str, int]) -> tuple[str, ...]:
    behind = ("", "")
    if one.kind == "inbox":
        retrying = sum(ready.get(retry_queue(one.name, tier), 0) for tier in RETRY_TIERS)
        behind = (str(retrying), str(ready.get(dead_queue(one.name), 0)))
    return (
        one.name,
        one.kind,
        "missing" if one.ready is None else str(one.ready),
        _number(one.unacked),
        _number(one.consumers),
        _age(one.oldest_s, at_most=one.oldest_at_most) if one.oldest_s is not None else "?" if one.ready else "",
        *behind,
    )


def _service_row(one: ServiceFigures) -> tuple[str, ...]:
    oldest = "" if one.outbox_oldest_s is None else _age(one.outbox_oldest_s)
    return one.name, str(one.outbox), oldest, str(one.parked), str(one.held)


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _age(seconds: float, *, at_most: bool = False) -> str:
    size, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    # An upper bound is rounded up, or it would be none.
    count = -int(-seconds // size) if at_most else int(seconds // size)
    return f"{'≤ ' if at_most else ''}{count} {unit}"
