"""`linli events`: the catalogue, and a department's queue as it fills."""

import asyncio
import re
import sys
from typing import Annotated

import typer

from linli.cli.refusing import refusing
from linli.contracts import CATALOGUE, Event, EventData
from linli.contracts.sentences import says
from linli.contracts.words import SLUG
from linli.messaging.connect import TransportUrlError
from linli.subscriber import Subscriber

PLACES = 3


def tail_events(
    department: Annotated[str, typer.Option(help="Slug of the department whose queue is read, such as housing.")],
    bus: Annotated[str, typer.Option(envvar="LINLI_BUS_URL", help="amqp://... or, of standalone, postgresql://...")],
    *,
    subscription: Annotated[str, typer.Option(help="Name of one of its subscriptions.")] = "inbox",
    as_json: Annotated[bool, typer.Option("--json", help="Print each event whole, as one line of JSON.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
) -> None:
    """Print the events of a department as they arrive.

    They are TAKEN from the department's queue: whoever else reads it does not get them any more. While somebody else
    reads it, nothing is printed. Without --json a line has the time, the type, the subject, the category and the area.
    A bus that is away is waited for; a refused login or a queue that does not exist ends it with status 1.
    """
    for option, name in (("--department", department), ("--subscription", subscription)):
        if not re.fullmatch(SLUG, name):
            raise typer.BadParameter("lower-case letters, digits and single hyphens", param_hint=option)
    try:
        subscriber = Subscriber(bus, department=department, subscription=subscription, pauses_s=[], insists=False)
    except TransportUrlError as error:
        raise typer.BadParameter(str(error), param_hint="--bus") from None
    _print_each(subscriber, as_json=as_json, count=count)
    with refusing():
        asyncio.run(subscriber.run())


def _print_each(subscriber: Subscriber, *, as_json: bool, count: int | None) -> None:
    printed = 0

    async def show(event: Event[EventData]) -> None:
        nonlocal printed
        try:
            print(event.encode().decode() if as_json else _line(event), flush=True)  # noqa: T201
        except BrokenPipeError:
            # Whoever read has gone, as `head` does: this event stays on the queue.
            subscriber.stop()
            sys.stdout = sys.stderr  # the interpreter flushes it at the end
            raise
        printed += 1
        if printed == count:
            subscriber.stop()

    for kind in CATALOGUE.values():
        subscriber.on(kind.model)(show)


def _line(event: Event[EventData]) -> str:
    time = event.time.astimezone().isoformat(sep=" ", timespec="seconds")
    return f"{time}  {event.type:<36}  {event.subject}  {event.data.category}  {event.data.area}"


def list_events() -> None:
    """Print every type of event: its name, its routing key, who publishes it, what it says."""
    rows = [(kind.name, f"{kind.key_words}.<category>.<area>", kind.producer) for kind in CATALOGUE.values()]
    widths = [max(len(row[column]) for row in rows) for column in range(PLACES)]
    for row, kind in zip(rows, CATALOGUE.values(), strict=True):
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        print(*cells, says(kind.model), sep="  ")  # noqa: T201 - what was asked for
