"""A department's functions tried out without a bus, for its own tests.

    from linli.contracts import CaseRouted, event_type
    from linli.contracts.examples import example_of
    from linli.subscriber.rehearsal import rehearse

    async def test_routed_case_becomes_a_work_order() -> None:
        event = example_of(event_type(CaseRouted))
        told = await rehearse(subscriber, event)
        assert told.handled == [event]

The functions are really called, in the order of the events and as often as on the bus, but without the pauses. Each
event has an id of its own: examples get theirs from the number that `example_of` takes.
"""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from linli.contracts import Event, EventData, EventError
from linli.subscriber.seen import MemorySeen
from linli.subscriber.settling import Outcome
from linli.subscriber.subscriber import Subscriber

Given = Event[Any] | bytes
"""An event, or what else may lie on a queue."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with something that was given."""

    given: Given
    error: Exception


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would become of all that was given; a bus would show the same.

    ``handled``: its function has returned. ``repeated``: it was handled before in this rehearsal. ``unwanted``: its
    type has no function. ``retried``: each try that failed and would be followed by a pause and another one. ``dead``:
    it would go to the dead letters; the ``__cause__`` of the error is what its function raised at the last.
    """

    handled: list[Given] = field(default_factory=list)
    repeated: list[Given] = field(default_factory=list)
    unwanted: list[Given] = field(default_factory=list)
    retried: list[Failure] = field(default_factory=list)
    dead: list[Failure] = field(default_factory=list)


async def rehearse(subscriber: Subscriber, *given: Given) -> Rehearsal:
    """Feed events to the functions of ``subscriber`` and return what would become of each.

    What the subscriber has seen in earnest does not count and is not changed; nothing is connected to.
    """
    told = Rehearsal()
    places = {Outcome.HANDLED: told.handled, Outcome.REPEATED: told.repeated, Outcome.UNWANTED: told.unwanted}
    settling = replace(
        subscriber.settling,
        seen=MemorySeen(),
        pauses_s=[0.0] * len(subscriber.settling.pauses_s),
        stopping=asyncio.Event(),
    )
    for one in given:
        noting = replace(settling, failed=partial(_note_retry, told, one))
        try:
            outcome = await noting.settle(one if isinstance(one, bytes) else one.encode())
        except EventError as error:
            told.dead.append(Failure(one, error))
        else:
            places[outcome].append(one)
    return told


def _note_retry(
    told: Rehearsal, given: Given, _event: Event[EventData], error: Exception, pause_s: float | None
) -> None:
    if pause_s is not None:
        told.retried.append(Failure(given, error))
