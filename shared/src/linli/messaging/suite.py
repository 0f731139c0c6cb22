"""The whole suite on the bus: every exchange, queue and binding that its services declare together."""

from collections.abc import Iterable

from linli.contracts.listeners import LISTENERS
from linli.district import Department
from linli.messaging.topology import (
    ARCHIVE,
    CORE,
    NOTICES,
    UNROUTED,
    Topology,
    department_queue,
    department_topology,
    inbox_topology,
    pattern_for,
    service_queue,
)

SERVICES = tuple(LISTENERS)
"""The names of the services."""


def suite_topology(departments: Iterable[Department]) -> Topology:
    """Return what the services declare for a district with these departments."""
    parts = [
        CORE,
        *(inbox_topology(service_queue(name), map(pattern_for, heard)) for name, heard in LISTENERS.items()),
        *(department_topology(one.slug, one.binding_keys()) for one in departments),
    ]
    return Topology(
        exchanges=tuple(exchange for part in parts for exchange in part.exchanges),
        queues=tuple(queue for part in parts for queue in part.queues),
        bindings=tuple(dict.fromkeys(binding for part in parts for binding in part.bindings)),
    )


def belongs(name: str) -> bool:
    """Say whether a queue or exchange of that name is the suite's; all others are left alone."""
    return name.startswith(("linli.", "dept.", *(service_queue(service) for service in SERVICES)))


def inboxes(departments: Iterable[Department]) -> tuple[str, ...]:
    """Return the inboxes of the services, then those of the departments."""
    return (*map(service_queue, SERVICES), *(department_queue(one.slug) for one in departments))


def kind_of(queue: str) -> str:
    """Return what a queue of the suite is for: inbox, dead, retry, unrouted, notices of those, archive, or other."""
    if queue == NOTICES:
        return "notices"
    if queue in {UNROUTED, ARCHIVE}:
        return queue.removeprefix("linli.")
    if queue.endswith(".inbox.dead"):
        return "dead"
    if queue.endswith(".inbox"):
        return "inbox"
    return "retry" if ".inbox.retry." in queue else "other"


def inbox_of(queue: str) -> str:
    """Return the inbox that a queue of dead letters belongs to; any other name is returned as it is."""
    return queue.removesuffix(".dead")
