"""Where a broker differs from what the suite describes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from linli.messaging.definitions import Definitions, ExchangeDefinition, QueueDefinition
from linli.messaging.suite import belongs, is_stream

Named = TypeVar("Named", QueueDefinition, ExchangeDefinition)


@dataclass(frozen=True, slots=True)
class Drift:
    """What is missing, what is left over, and what is declared otherwise; left over are only names of the suite."""

    missing: Definitions
    left: Definitions
    otherwise: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the drift, a line each."""
        return [
            *(f"missing    {line}" for line in _named(self.missing)),
            *(f"otherwise  {line}" for line in self.otherwise),
            *(f"left over  {line}" for line in _named(self.left)),
        ]


def drift(wanted: Definitions, live: Definitions) -> Drift:
    """Return what of ``wanted`` is not there as it should be, and what of the suite is there that is not wanted.

    A binding is the suite's when it leads to a queue or exchange of the suite: a queue of somebody else that listens
    to the suite's events is theirs.
    """
    exchanges = {one.name: one for one in live.exchanges}
    queues = {one.name: one for one in live.queues}
    bound = {one.told for one in live.bindings}
    known = {one.told for one in wanted.bindings}
    names = {one.name for one in wanted.exchanges}, {one.name for one in wanted.queues}
    return Drift(
        missing=Definitions(
            exchanges=tuple(one for one in wanted.exchanges if one.name not in exchanges),
            queues=tuple(one for one in wanted.queues if one.name not in queues),
            bindings=tuple(one for one in wanted.bindings if one.told not in bound),
        ),
        left=Definitions(
            exchanges=tuple(one for one in live.exchanges if _ours(one.name) and one.name not in names[0]),
            queues=tuple(one for one in live.queues if _ours(one.name) and one.name not in names[1]),
            bindings=tuple(one for one in live.bindings if _ours(one.destination) and one.told not in known),
        ),
        otherwise=(
            *_differences("exchange", wanted.exchanges, exchanges),
            *_differences("queue", wanted.queues, queues),
        ),
    )


def _ours(name: str) -> bool:
    return belongs(name) and not is_stream(name)


def _named(definitions: Definitions) -> list[str]:
    return [
        *(f"exchange {one.name}" for one in definitions.exchanges),
        *(f"queue {one.name}" for one in definitions.queues),
        *(f"binding {one}" for one in definitions.bindings),
    ]


def _differences(what: str, wanted: Iterable[Named], live: Mapping[str, Named]) -> list[str]:
    found = []
    for one in wanted:
        there = live.get(one.name)
        if there is not None and there.told != one.told:
            found.append(f"{what} {one.name}: {', '.join(_unequal(one, there))}")
    return found


def _unequal(wanted: Named, live: Named) -> list[str]:
    wants: dict[str, object] = {**wanted.model_dump(exclude={"arguments"}), **wanted.arguments}
    has: dict[str, object] = {**live.model_dump(exclude={"arguments"}), **live.arguments}
    return [
        f"{key} is {json.dumps(has.get(key))}, not {json.dumps(wants.get(key))}"
        for key in sorted({*wants, *has})
        if json.dumps(has.get(key), sort_keys=True) != json.dumps(wants.get(key), sort_keys=True)
    ]
