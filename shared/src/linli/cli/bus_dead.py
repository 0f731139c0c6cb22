"""`linli bus dead`: what consumers gave up on, and what nobody heard."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.bus_options import Bus, District, Management
from linli.cli.columns import print_columns, printable, tell
from linli.cli.refusing import refusing, say
from linli.district import load_district
from linli.messaging.amqp_operator import NoSuchQueueError
from linli.messaging.dead_letters import Choice, Done, chosen, reading_name
from linli.messaging.dead_letters import discard as discard_chosen
from linli.messaging.dead_letters import redrive as redrive_chosen
from linli.messaging.letters import Letter
from linli.messaging.refusal import BusError
from linli.messaging.stream_letters import dead_of_streams
from linli.messaging.suite import inbox_of, inboxes
from linli.messaging.topology import UNROUTED

dead = typer.Typer(help="Dead letters, and events that nobody heard (linli.unrouted).", no_args_is_help=True)

Queue = Annotated[
    str | None, typer.Option("--queue", help="An inbox such as routing.inbox, or linli.unrouted; without it all known.")
]
EventId = Annotated[str | None, typer.Option("--id", help="Only the event with this id.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only where the recorded error has this text in it.")]
Type = Annotated[str | None, typer.Option("--type", help="Only events of this type, such as linli.case.routed.v1.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="No more than so many of each queue.")]

Act = Callable[[str, Done], Awaitable[None]]

HEAD = ("QUEUE", "EVENT", "TYPE", "SUBJECT", "WHEN", "ATTEMPTS", "REASON")
NUMBERS = frozenset({5})
MOST_TEXT = 100


@dead.command("list")
def list_dead(
    bus: Bus,
    queue: Queue = None,
    event_id: EventId = None,
    reason: Reason = None,
    of_type: Type = None,
    limit: Limit = 100,
    district: District = None,
    management: Management = None,
) -> None:
    """List dead letters and unrouted events, queue by queue in their order. Nothing is changed."""
    with refusing():
        names, notes = _queues(bus, queue, district, management)
        letters = _look(bus, names, Choice(event_id, reason, of_type), limit)
        _require(letters, event_id)
    _say(notes)
    print_columns(HEAD, [_row(one) for one in letters], right=NUMBERS)


@dead.command("show")
def show_dead(
    bus: Bus,
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The event's id.")],
    queue: Queue = None,
    district: District = None,
    management: Management = None,
) -> None:
    """Print headers and event of a dead letter as JSON.

    Of the body only what the event's contract knows is shown, and nothing of a body that is no event.
    """
    with refusing():
        names, notes = _queues(bus, queue, district, management)
        letters = _look(bus, names, Choice(event_id), 1)
        _require(letters, event_id)
    _say(notes)
    for one in letters:
        event = json.loads(one.event.encode()) if one.event else f"no event of the catalogue, {len(one.body)} bytes"
        whole = {"queue": one.queue, "routing_key": one.routing_key, "headers": one.shown_headers, "event": event}
        print(json.dumps(whole, indent=2, ensure_ascii=False))  # noqa: T201 - the answer


@dead.command("redrive")
def redrive_dead(
    bus: Bus,
    queue: Queue = None,
    event_id: EventId = None,
    reason: Reason = None,
    of_type: Type = None,
    to: Annotated[str | None, typer.Option("--to", help="Of linli.unrouted: the queue to send to.")] = None,
    limit: Limit = 100,
    district: District = None,
    management: Management = None,
) -> None:
    """Send dead letters to the one queue that they came from, in their order, as if they had never failed.

    An event whose aggregate has moved on since takes no effect any more: its service skips it.
    """
    _require_filter(queue, event_id, reason, of_type)
    if (to is None) == (queue == UNROUTED):
        raise typer.BadParameter(f"goes with --queue {UNROUTED}, and with no other", param_hint="--to")
    choice = Choice(event_id, reason, of_type)

    async def act(name: str, done: Done) -> None:
        await redrive_chosen(bus, name, choice, to=to or inbox_of(name), limit=limit, done=done)

    with refusing():
        names, notes = _queues(bus, queue, district, management)
        _change([name for name in names if name != UNROUTED or queue == UNROUTED], act, "redriven", event_id)
    _say(notes)


@dead.command("discard")
def discard_dead(
    bus: Bus,
    queue: Queue = None,
    event_id: EventId = None,
    reason: Reason = None,
    of_type: Type = None,
    limit: Limit = 100,
    district: District = None,
    management: Management = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; their consumer will never see them.")] = False,
) -> None:
    """Delete dead letters or unrouted events."""
    _require_filter(queue, event_id, reason, of_type)
    if not yes:
        raise typer.BadParameter("needed: what is discarded is gone", param_hint="--yes")
    choice = Choice(event_id, reason, of_type)

    async def act(name: str, done: Done) -> None:
        await discard_chosen(bus, name, choice, limit=limit, done=done)

    with refusing():
        names, notes = _queues(bus, queue, district, management)
        _change(names, act, "discarded", event_id)
    _say(notes)


def _queues(bus: str, queue: str | None, district: Path | None, management: str | None) -> tuple[list[str], list[str]]:
    """Return what is looked through, a queue or all that can hold letters, and what could not be learned."""
    if queue is not None:
        return [reading_name(queue)], []
    known = map(reading_name, inboxes(load_district(district).departments.values()))
    further, notes = asyncio.run(dead_of_streams(bus, management=management))
    return [*known, *further, UNROUTED], notes


def _say(notes: Sequence[str]) -> None:
    for line in notes:
        say(line)


def _require_filter(*filters: str | None) -> None:
    if not any(filters):
        raise typer.BadParameter("say which: --queue, --id, --reason or --type", param_hint="--queue")


def _require(letters: Sequence[Letter], event_id: str | None) -> None:
    if event_id is not None and not letters:
        raise BusError(f"no dead letter has the id {event_id!r}")


def _look(bus: str, queues: Sequence[str], choice: Choice, limit: int) -> list[Letter]:
    letters: list[Letter] = []

    async def look(name: str) -> None:
        found = await chosen(bus, name, choice, limit=limit)
        letters.extend(found)
        if len(found) == limit and choice.id is None:
            say(f"{name}: told are no more than {limit}; --limit asks for more")

    asyncio.run(_visit(queues, look))
    return letters


def _change(queues: Sequence[str], act: Act, what: str, event_id: str | None) -> None:
    letters: list[Letter] = []

    def note(letter: Letter) -> None:
        letters.append(letter)
        tell(f"{what} {letter.queue} {letter.event_id} {letter.type}")

    asyncio.run(_visit(queues, lambda name: act(name, note)))
    _require(letters, event_id)
    if not letters:
        say("nothing was meant")


async def _visit(queues: Sequence[str], act: Callable[[str], Awaitable[None]]) -> None:
    missing = []
    for name in queues:
        try:
            await act(name)
        except NoSuchQueueError:
            missing.append(name)
    if len(missing) == len(queues):
        raise BusError(f"no queue {missing[0]!r}" if len(missing) == 1 else "none of the suite's queues is there")
    if missing:
        say(f"not there: {', '.join(missing)}")


def _row(one: Letter) -> tuple[str, ...]:
    return (
        one.queue,
        printable(one.event_id, MOST_TEXT),
        printable(one.type, MOST_TEXT),
        printable(one.subject, MOST_TEXT),
        one.time.astimezone().isoformat(sep=" ", timespec="seconds") if one.time else "",
        "" if one.attempts is None else str(one.attempts),
        printable(one.reason, MOST_TEXT),
    )
