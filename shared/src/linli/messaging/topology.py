"""The exchanges, queues and bindings of the suite, described once.

Only what must never change is an argument (a changed argument is refused by the broker for ever after): the queue's
type, where its dead letters go, that a full queue refuses instead of dropping, and that what has nowhere else to go
may be looked at without end. Lengths and the other delivery limits are left to policies.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from linli.contracts import EventData, event_type
from linli.contracts.words import SLUG

INGRESS = "linli.ingress"
EVENTS = "linli.events"
UNROUTED = "linli.unrouted"
NOTICES = "linli.unrouted.notices"
"""A second copy of each unrouted event, read to name it in the log: the first stays where it is, untouched."""

ARCHIVE = "linli.archive"

LEDGER = "notify.ledger"
"""What notify notes who got what from. Fed by the ingress as the archive is: bound to the topic, it would hide that
nobody else hears an event."""

DEAD = "linli.dead"
"""What the dead letters of departments go through: each to its queue of dead letters, and to notify's ledger."""

LEDGER_DEAD = "notify.ledger.dead"
"""What notify notes dead letters of departments from."""

RETRY_TIERS: dict[str, int] = {"5s": 5, "1m": 60, "10m": 600, "1h": 3600}
"""How long a failed message waits, in seconds, before it comes back: the first failure the first tier, and so on."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange; what matches none of its bindings goes to ``alternate``."""

    name: str
    kind: Literal["fanout", "topic"]
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue.

    ``dead_letter_to`` is the queue that takes what is rejected or expired, by way of the exchange ``dead_letter_by``
    where one is named. With ``ttl_s`` each message expires after that many seconds. ``ordered`` lets one consumer at a
    time read, so that order holds however many are running.
    """

    name: str
    kind: Literal["quorum", "stream"] = "quorum"
    dead_letter_to: str | None = None
    dead_letter_by: str = ""
    ttl_s: int | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """From an exchange to a queue, or to another exchange, for routing keys that match ``pattern``."""

    source: str
    target: str
    pattern: str = ""
    to_exchange: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """A set of declarations; declaring it twice changes nothing."""

    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = field(default=())


def merged(topologies: Iterable[Topology]) -> Topology:
    """Return what several declare as one; what they share is declared once."""
    parts = tuple(topologies)
    return Topology(
        exchanges=tuple(dict.fromkeys(each for one in parts for each in one.exchanges)),
        queues=tuple(dict.fromkeys(each for one in parts for each in one.queues)),
        bindings=tuple(dict.fromkeys(each for one in parts for each in one.bindings)),
    )


CORE = Topology(
    exchanges=(
        Exchange(INGRESS, "fanout"),
        Exchange(UNROUTED, "fanout"),
        Exchange(EVENTS, "topic", alternate=UNROUTED),
    ),
    queues=(Queue(ARCHIVE, kind="stream"), Queue(UNROUTED), Queue(NOTICES, ordered=True)),
    bindings=(
        Binding(INGRESS, ARCHIVE),
        Binding(INGRESS, EVENTS, to_exchange=True),
        Binding(UNROUTED, UNROUTED),
        Binding(UNROUTED, NOTICES),
    ),
)
"""What every service declares: ingress feeds the archive and the topic; what nobody hears lands in ``unrouted``."""


DEAD_LETTERS = Exchange(DEAD, "topic")

LEDGER_TOPOLOGY = Topology(
    exchanges=(DEAD_LETTERS,),
    queues=(Queue(LEDGER), Queue(LEDGER_DEAD, ordered=True)),
    bindings=(Binding(INGRESS, LEDGER), Binding(DEAD, LEDGER_DEAD, "dept.#")),
)
"""What notify declares besides its inbox."""


def retry_queue(queue: str, tier: str) -> str:
    """Return the name of the queue in which messages of ``queue`` wait for that tier."""
    return f"{queue}.retry.{tier}"


def dead_queue(queue: str) -> str:
    """Return the name of the queue that keeps what ``queue`` gave up on."""
    return f"{queue}.dead"


def service_queue(service: str) -> str:
    """Return the name of a service's inbox."""
    return f"{service}.inbox"


def department_queue(department: str, subscription: str = "inbox") -> str:
    """Return the name of the queue of a department's subscription; ``inbox`` is the one of the district's files.

    Raises:
        ValueError: one of the two is no slug; a dot or a wildcard would name the queues of somebody else.
    """
    for name in (department, subscription):
        if not re.fullmatch(SLUG, name):
            raise ValueError(f"{name!r} is no slug, such as urban-management")
    return f"dept.{department}.{subscription}"


def department_topology(department: str, patterns: Iterable[str], subscription: str = "inbox") -> Topology:
    """Return the queue of a subscription and its dead letters."""
    return inbox_topology(department_queue(department, subscription), patterns, retries=False)


def inbox_topology(queue: str, patterns: Iterable[str], *, retries: bool = True) -> Topology:
    """Return the queues of one consumer: its inbox, the waiting rooms of its retries, and its dead letters.

    ``patterns`` are topic patterns: ``*`` stands for one word, ``#`` for any number. A consumer without ``retries`` is
    a department, which tries again on its own; of its dead letters the ledger is told.
    """
    dead = dead_queue(queue)
    heard = tuple(Binding(EVENTS, queue, pattern) for pattern in patterns)
    if not retries:
        inbox = Queue(queue, dead_letter_to=dead, dead_letter_by=DEAD, ordered=True)
        return Topology((DEAD_LETTERS,), (inbox, Queue(dead)), (Binding(DEAD, dead, dead), *heard))
    waiting = [Queue(retry_queue(queue, tier), dead_letter_to=queue, ttl_s=wait) for tier, wait in RETRY_TIERS.items()]
    return Topology(queues=(Queue(queue, dead_letter_to=dead, ordered=True), Queue(dead), *waiting), bindings=heard)


def pattern_for(model: type[EventData], *, category: str = "*.*", area: str = "#") -> str:
    """Return the topic pattern for one type of event, for all matters everywhere unless narrowed."""
    kind = event_type(model)
    return f"{kind.subject}.{kind.event}.{category}.{area}"


def matches(pattern: str, routing_key: str) -> bool:
    """Say whether a topic pattern matches a routing key, as RabbitMQ's topic exchange does.

    Source: RabbitMQ, "AMQP 0-9-1 Model Explained", topic exchange: ``*`` is exactly one word, ``#`` zero or more.
    """
    return _matches(pattern.split("."), routing_key.split(".") if routing_key else [])


def _matches(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    head, rest = pattern[0], pattern[1:]
    if head == "#":
        return any(_matches(rest, words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and head in {"*", words[0]} and _matches(rest, words[1:])
