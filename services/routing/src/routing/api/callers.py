"""Who may call: as parameters of routes."""

from typing import Annotated

from fastapi import Depends

from linli.chassis.auth import require
from linli.chassis.principal import Principal
from linli.chassis.runtime import CurrentRuntime
from routing.domain.actor import Actor
from routing.domain.rulebook import Rulebook

Reader = Annotated[Principal, Depends(require("staff", "handler", "supervisor", "platform"))]
"""Somebody who may see cases; which ones, the query decides."""

Mover = Annotated[Principal, Depends(require("handler", "supervisor", "platform"))]


async def _actor(caller: Mover) -> Actor:
    oversees = caller.areas if caller.has_role("supervisor", "platform") else ()
    return Actor(id=caller.subject, name=caller.name, handles=caller.has_role("handler"), oversees=oversees)


CurrentActor = Annotated[Actor, Depends(_actor)]
"""Somebody who may move cases; which ones, the domain decides."""


async def _rulebook(runtime: CurrentRuntime) -> Rulebook:
    return runtime.extra(Rulebook)


CurrentRulebook = Annotated[Rulebook, Depends(_rulebook)]
"""The district's rules and calendar."""
