"""What became of each report: counted in the databases of the services, and in the queues of those who listen."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from linli.messaging.message import Message
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .database import column, number

ROUTED = "linli.case.routed.v1"
DISPATCHED = "linli.dispatch.requested.v1"


class Effect(NamedTuple):
    """Something that happens once to every report: where, what, and the services that it takes."""

    service: str
    what: str
    issues: str
    takes: Collection[str] = ()


EFFECTS = (
    Effect("intake", "an issue", "select id::text from issues"),
    Effect("routing", "a case", "select id::text from cases"),
    Effect("routing", "a routing", "select case_id::text from moves where action = 'route'"),
    Effect("intake", "a step shown", "select issue_id::text from steps where kind = 'routed'", ["routing"]),
    Effect("volunteer", "a need", "select issue_id::text from needs", ["routing"]),
    Effect("intake", "helpers shown", "select id::text from issues where helpers_wanted > 0", ["volunteer"]),
    *(
        Effect("notify", template, f"select issue_id::text from messages where template = '{template}'", takes)
        for template, takes in (
            ("issue-received", []),
            ("case-yours", ["routing"]),
            ("case-routed", ["routing"]),
            ("helpers-sought", ["volunteer"]),
        )
    ),
)


@dataclass(frozen=True)
class Counted:
    """The issues that miss an effect, that have it too often, or that nobody was told of, by effect."""

    lost: Mapping[str, set[str]]
    doubled: Mapping[str, set[str]]
    foreign: Mapping[str, set[str]]
    unpublished: int


async def count(databases: Mapping[str, str], accepted: set[str]) -> Counted:
    """Compare the effects in the databases with the reports that were accepted."""
    lost, doubled, foreign = {}, {}, {}
    for effect in EFFECTS:
        if not {effect.service, *effect.takes} <= databases.keys():
            continue
        found = Counter(await column(databases[effect.service], effect.issues))
        lost[effect.what] = accepted - found.keys()
        doubled[effect.what] = {issue for issue, times in found.items() if times > 1}
        foreign[effect.what] = found.keys() - accepted
    unpublished = [await number(url, "select count(*) from outbox") for url in databases.values()]
    return Counted(_some(lost), _some(doubled), _some(foreign), sum(unpublished))


def _some(by_what: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {what: issues for what, issues in by_what.items() if issues}


@dataclass
class Listener:
    """A queue as whoever owns it sees it: every message that was ever in it, in order."""

    transport: Transport
    queue: str
    messages: list[Message] = field(default_factory=list)

    async def subscribe(self, *patterns: str) -> None:
        """Declare the queue and bind it."""
        await self.transport.declare(CORE)
        await self.transport.declare(inbox_topology(self.queue, patterns, retries=False))

    async def depth(self) -> int:
        return await self.transport.depth(self.queue)

    async def take(self) -> "Listener":
        """Take all that waits."""
        while waiting := await self.depth():
            async with self.transport.consume(self.queue, prefetch=500) as subscription:
                while waiting > 0:
                    batch = await subscription.next_batch(500)
                    self.messages += [delivery.message for delivery in batch]
                    await subscription.ack(batch)
                    waiting -= len(batch)
        return self

    @property
    def events(self) -> list[dict[str, Any]]:
        """Each event once, at its first place."""
        first: dict[str, dict[str, Any]] = {}
        for message in self.messages:
            first.setdefault(message.id, json.loads(message.body))
        return list(first.values())

    @property
    def repeated(self) -> int:
        """How many messages brought an event that had come before."""
        return len(self.messages) - len(self.events)

    def aggregates(self, kind: str) -> Counter[str]:
        """How many events of a type came, by what they are about."""
        return Counter(event["partitionkey"] for event in self.events if event["type"] == kind)

    def sequences(self) -> Mapping[tuple[str, str], list[int]]:
        """The numbers of the events in the order they came, by source and aggregate."""
        seen: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for event in self.events:
            seen[event["source"], event["partitionkey"]].append(int(event["sequence"]))
        return seen


def gaps(listener: Listener) -> dict[tuple[str, str], list[int]]:
    """Return the sequences that are not 1, 2, 3 and so on, by source and aggregate."""
    sequences = listener.sequences()
    return {key: numbers for key, numbers in sequences.items() if numbers != list(range(1, len(numbers) + 1))}


@dataclass(frozen=True)
class Verdict:
    """What came of the reports of a suite: ``faults`` is empty when each had each effect once, in order."""

    reports: int
    faults: Mapping[str, object]
    lost: int
    doubled: int
    repeated: int
    recovery_s: float


def judge(counted: Counted, accepted: set[str], departments: Sequence[Listener], recovery_s: float) -> Verdict:
    """Take together what the databases and the queues of departments hold."""
    lost, doubled = dict(counted.lost), dict(counted.doubled)
    disordered: dict[str, object] = {}
    for one in departments:
        for kind in (ROUTED, DISPATCHED):
            came = one.aggregates(kind)
            lost[f"{one.queue} {kind}"] = accepted - came.keys()
            doubled[f"{one.queue} {kind}"] = {issue for issue, times in came.items() if times > 1}
        disordered[one.queue] = gaps(one)
    kinds: dict[str, Mapping[str, Any]] = {
        "unpublished": {"events": counted.unpublished},
        "lost": _some(lost),
        "doubled": _some(doubled),
        "foreign": counted.foreign,
        "disordered": disordered,
    }
    return Verdict(
        reports=len(accepted),
        faults={
            kind: {what: these for what, these in found.items() if these}
            for kind, found in kinds.items()
            if any(found.values())
        },
        lost=len(set[str]().union(*lost.values())),
        doubled=len(set[str]().union(*doubled.values())),
        repeated=sum(one.repeated for one in departments),
        recovery_s=recovery_s,
    )
