"""Who may call: as parameters of routes."""

from typing import Annotated

from fastapi import Depends

from linli.chassis.auth import forbidden, require
from linli.chassis.database import Reading, Transaction
from linli.chassis.principal import Principal
from linli.chassis.runtime import CurrentRuntime
from routing.domain.actor import Actor
from routing.domain.editor import Editor
from routing.domain.rulebook import Rulebook
from routing.rulebooks import Rulebooks

Reader = Annotated[Principal, Depends(require("staff", "handler", "supervisor", "platform", "department"))]
"""Somebody who may see cases; which ones, the query decides."""

Mover = Annotated[Principal, Depends(require("staff", "handler", "supervisor", "platform"))]
"""Somebody who may move cases other than by answering for a department."""

Overseer = Annotated[Principal, Depends(require("supervisor", "platform"))]
"""Somebody who may change the district; which parts of it, their areas say, and the platform all of it."""


async def _editor(caller: Overseer) -> Editor:
    return Editor(caller.subject, caller.name, None if caller.has_role("platform") else caller.areas)


CurrentEditor = Annotated[Editor, Depends(_editor)]


async def _rulebooks(runtime: CurrentRuntime) -> Rulebooks:
    return runtime.extra(Rulebooks)


CurrentRulebooks = Annotated[Rulebooks, Depends(_rulebooks)]


async def _rulebook(rulebooks: CurrentRulebooks, connection: Reading) -> Rulebook:
    return await rulebooks.current(connection)


CurrentRulebook = Annotated[Rulebook, Depends(_rulebook)]
"""The district's rules and calendars, for a route that reads."""


async def _rulebook_in_transaction(rulebooks: CurrentRulebooks, connection: Transaction) -> Rulebook:
    return await rulebooks.current(connection)


RulebookInTransaction = Annotated[Rulebook, Depends(_rulebook_in_transaction)]
"""The same, for a route that changes something."""


def units_of(caller: Principal, rulebook: Rulebook) -> tuple[str, ...]:
    """Return the units whose persons the caller is one of."""
    post = rulebook.district.posts.get(caller.subject)
    return () if post is None else (post.path,)


def actor_of(caller: Principal, rulebook: Rulebook) -> Actor:
    """Return somebody who moves cases, with the units that they are responsible for."""
    oversees = caller.areas if caller.has_role("supervisor", "platform") else ()
    return Actor(
        id=caller.subject,
        name=caller.name,
        handles=caller.has_role("handler"),
        units=units_of(caller, rulebook),
        oversees=oversees,
        inspects=caller.areas if caller.has_role("staff") else oversees,
    )


async def _actor(caller: Mover, rulebook: RulebookInTransaction) -> Actor:
    return actor_of(caller, rulebook)


CurrentActor = Annotated[Actor, Depends(_actor)]
"""Somebody who may move cases; which ones, the domain decides."""


async def _department(caller: Annotated[Principal, Depends(require("department"))]) -> Actor:
    if caller.department is None:
        raise forbidden("The token names no department.")
    return Actor(id=caller.department, name=caller.name)


DepartmentActor = Annotated[Actor, Depends(_department)]
"""Somebody who answers for a department: its id is the department's."""
