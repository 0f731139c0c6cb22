"""The whole suite on the bus: every exchange, queue and binding that its services declare together."""

from collections.abc import Iterable

from linli.contracts.listeners import LISTENERS
from linli.district import Department, District, bindings_of
from linli.messaging.topology import (
    ARCHIVE,
    CORE,
    LEDGER,
    LEDGER_DEAD,
    LEDGER_TOPOLOGY,
    NOTICES,
    UNROUTED,
    Topology,
    department_queue,
    department_topology,
    inbox_topology,
    pattern_for,
    service_queue,
)

INBOX = 2
"""The place of a stream's name in that of its queue, ``dept.<department>.<stream>``."""

SERVICES = tuple(LISTENERS)
"""The names of the services."""


def suite_topology(district: District) -> Topology:
    """Return what the services declare for a district as its files say it is.

    Further streams of departments are data of notify's, which declares them.
    """
    parts = [
        CORE,
        *(inbox_topology(service_queue(name), map(pattern_for, heard)) for name, heard in LISTENERS.items()),
        LEDGER_TOPOLOGY,
        *(
            department_topology(one.slug, bindings_of(one.subscription, one.slug, district))
            for one in district.departments.values()
        ),
    ]
    return Topology(
        exchanges=tuple(dict.fromkeys(exchange for part in parts for exchange in part.exchanges)),
        queues=tuple(queue for part in parts for queue in part.queues),
        bindings=tuple(dict.fromkeys(binding for part in parts for binding in part.bindings)),
    )


def belongs(name: str) -> bool:
    """Say whether a queue or exchange of that name is the suite's; all others are left alone."""
    return name.startswith(("linli.", "dept.", LEDGER, *(service_queue(service) for service in SERVICES)))


def is_stream(queue: str) -> bool:
    """Say whether a queue is of a stream that a department has besides that of the files.

    Which of them there are only notify knows: none is ever left over.
    """
    words = queue.split(".")
    return words[0] == "dept" and len(words) > INBOX and words[INBOX] != "inbox"


def inboxes(departments: Iterable[Department]) -> tuple[str, ...]:
    """Return the inboxes of the services, then those of the departments."""
    return (*map(service_queue, SERVICES), *(department_queue(one.slug) for one in departments))


def kind_of(queue: str) -> str:
    """Return what a queue is for: inbox, dead, retry, unrouted, notices of those, archive, ledger, or other."""
    if queue == NOTICES:
        return "notices"
    if queue in {UNROUTED, ARCHIVE}:
        return queue.removeprefix("linli.")
    if queue in {LEDGER, LEDGER_DEAD}:
        return "ledger"
    if queue.endswith(".inbox.dead") or (is_stream(queue) and queue.endswith(".dead")):
        return "dead"
    if queue.endswith(".inbox") or is_stream(queue):
        return "inbox"
    return "retry" if ".inbox.retry." in queue else "other"


def inbox_of(queue: str) -> str:
    """Return the inbox that a queue of dead letters belongs to; any other name is returned as it is."""
    return queue.removesuffix(".dead")
