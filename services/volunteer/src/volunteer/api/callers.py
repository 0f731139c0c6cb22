"""Who may call: as parameters of routes."""

from typing import Annotated

from fastapi import Depends

from linli.chassis.auth import Caller, MaybeCaller, require
from linli.chassis.principal import Principal
from linli.chassis.runtime import CurrentRuntime, Now
from linli.chassis.sealing import Sealer
from volunteer.domain.actor import Actor
from volunteer.usecases.telling import Telling

ORGANISERS = ("staff", "supervisor", "platform")

Volunteer = Annotated[Principal, Depends(require("volunteer"))]
Organiser = Annotated[Principal, Depends(require(*ORGANISERS))]


def actor_of(caller: Principal) -> Actor:
    """Return somebody who acts, with the areas that they organise in."""
    areas = caller.areas if caller.has_role(*ORGANISERS) else ()
    employer = caller.department if caller.has_role("department") else None
    return Actor(subject=caller.subject, areas=None if caller.has_role("platform") else areas, employer=employer)


async def _anyone(caller: Caller) -> Actor:
    return actor_of(caller)


async def _maybe(caller: MaybeCaller) -> Actor | None:
    return None if caller is None else actor_of(caller)


async def _volunteer(caller: Volunteer) -> Actor:
    return actor_of(caller)


async def _organiser(caller: Organiser) -> Actor:
    return actor_of(caller)


AnyActor = Annotated[Actor, Depends(_anyone)]
"""Whoever has a token; what they may do, the domain decides."""

MaybeActor = Annotated[Actor | None, Depends(_maybe)]
"""The same, or None for somebody without a token."""

VolunteerActor = Annotated[Actor, Depends(_volunteer)]
OrganiserActor = Annotated[Actor, Depends(_organiser)]


async def _telling(runtime: CurrentRuntime, now: Now) -> Telling:
    return Telling(now, runtime.extra(Sealer))


CurrentTelling = Annotated[Telling, Depends(_telling)]
"""What a command needs to say what happened."""
