"""Which event tells whom: staff of an area add a message for a role, or take one away that is no legal notice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller, Principal, require_area
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime, Now, Runtime
from linli.contracts import CATALOGUE
from linli.district.known import KnownDistrict
from notify import reach_queries, usecases
from notify.api.problems import not_found
from notify.api.texts import EDITORS, Area, present_area, require_staff
from notify.domain.decisions import Decisions, Telling, require_free, roles_of, tellings
from notify.domain.rules import TOLD_BY_NONE, Role
from notify.drafts import check_fit
from notify.edits import decisions_now
from notify.manners import above
from notify.wording import Words

router = APIRouter(prefix="/v1/rules")

EventName = Annotated[str, Path(max_length=80, pattern=r"^linli\.[a-z.-]+\.v[0-9]+$")]


class RoleRead(BaseModel):
    """What a role is told by, if anything, and where that was decided, if not by the rules."""

    role: Role
    template: str | None
    legal: bool
    decided_in: str | None


class RuleRead(BaseModel):
    """Whom an event tells in an area, by each role that it has."""

    event: str
    roles: list[RoleRead]


class DecisionWrite(BaseModel):
    """By which message a role is told in an area and below it; null tells it nothing."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str, Field(max_length=200)]
    template: Annotated[str | None, Field(max_length=60, pattern=r"^[a-z0-9-]+$")]


class DecisionRead(BaseModel):
    """What was decided, when and by whom; what is dropped is told again as above."""

    model_config = ConfigDict(from_attributes=True)

    area: str
    role: Role
    template: str | None
    dropped: bool
    made_at: datetime
    made_by: str


@router.get("")
async def list_rules(
    caller: Caller, district: CurrentDistrict, runtime: CurrentRuntime, area: Area | None = None
) -> list[RuleRead]:
    """Show which event tells whom in an area."""
    require_staff(caller, *EDITORS, "supervisor")
    words, where = runtime.extra(Words), present_area(district, area or district.top.path)
    return [_rule(words, event, words.told(event, above(where))) for event in sorted(words.rules.events)]


@router.get("/{event}/decisions")
async def list_decisions(
    event: EventName, caller: Caller, connection: Reading, runtime: CurrentRuntime
) -> list[DecisionRead]:
    """Show what staff have decided of an event, the newest first, a thousand at most."""
    require_staff(caller, *EDITORS, "supervisor")
    _known(runtime, event)
    return [DecisionRead.model_validate(row) for row in await reach_queries.decisions_of(connection, event)]


@router.put("/{event}/{role}", status_code=204)
async def decide(
    event: EventName,
    role: Role,
    body: DecisionWrite,
    request: Request,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    now: Now,
) -> None:
    """Tell a role of an event in an area and below by a message, or nothing; everywhere within two seconds."""
    words = _known(runtime, event).of(district)
    matter = _matter(caller, district, body.area, event, role)
    if role not in roles_of(CATALOGUE[event].model):
        raise _invalid("role", f"{event} has no {role}")
    if body.template is not None:
        if body.template not in words.rules.templates - TOLD_BY_NONE:
            raise _invalid("template", "there is no such message")
        check_fit(body.template, words, event)
    await _require_free(connection, words, matter, body.template)
    await usecases.decide(connection, matter, body.template, usecases.Author(caller.subject, now))
    once_committed(request, lambda: _use(words, matter, {role: body.template}))


@router.delete("/{event}/{role}", status_code=204)
async def drop_decision(
    event: EventName,
    role: Role,
    area: Area,
    request: Request,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    now: Now,
) -> None:
    """Tell a role of an event in an area again what it is told above."""
    words = _known(runtime, event)
    matter = _matter(caller, district, area, event, role)
    await usecases.drop_decision(connection, matter, usecases.Author(caller.subject, now))
    once_committed(request, lambda: _use(words, matter, {}))


def _matter(caller: Principal, district: KnownDistrict, area: str, event: str, role: Role) -> usecases.Decided:
    require_staff(caller, *EDITORS)
    require_area(caller, present_area(district, area))
    return usecases.Decided(area, event, role)


async def _require_free(
    connection: AsyncConnection, words: Words, matter: usecases.Decided, template: str | None
) -> None:
    # Asked anew: what another process has just let somebody decide counts too.
    there = (await decisions_now(connection)).get(matter.event, {})
    without = {**there, matter.area: _others(there, matter)}
    require_free(tellings(words.rules, matter.event, above(matter.area), without), matter.role, template, words.rules)


def _known(runtime: Runtime, event: str) -> Words:
    words = runtime.extra(Words)
    if event not in words.rules.events:
        raise not_found("event that tells anybody")
    return words


def _rule(words: Words, event: str, told: Mapping[Role, Telling]) -> RuleRead:
    legal = words.rules.legal
    its = {role: told.get(role, Telling(None)) for role in Role if role in roles_of(CATALOGUE[event].model)}
    roles = [
        RoleRead(role=role, template=one.template, legal=one.template in legal, decided_in=one.area)
        for role, one in its.items()
    ]
    return RuleRead(event=event, roles=roles)


def _use(words: Words, matter: usecases.Decided, decided: Mapping[Role, str | None]) -> None:
    there = words.edits.decisions.get(matter.event, {})
    its = {**there, matter.area: {**_others(there, matter), **decided}}
    changed: Decisions = {**words.edits.decisions, matter.event: its}
    words.edits.decisions = changed


def _others(there: Mapping[str, Mapping[Role, str | None]], matter: usecases.Decided) -> dict[Role, str | None]:
    return {role: template for role, template in there.get(matter.area, {}).items() if role is not matter.role}


def _invalid(field: str, message: str) -> ProblemError:
    errors = [{"field": field, "message": message}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)
