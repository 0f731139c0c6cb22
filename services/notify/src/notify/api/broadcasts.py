"""Notices to residents or posts of an area, or to a team: seen before, approved by another, stopped at any time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller, Principal, forbidden, require_area
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.idempotency import Idempotency, claim_key
from linli.chassis.runtime import CurrentRuntime, Now
from linli.district.known import KnownDistrict
from notify import reach_queries, usecases
from notify.api.problems import not_found
from notify.audiences import count_reached
from notify.domain.broadcasts import Aim, Audience, Notice, State
from notify.queries import AnyRow
from notify.tables import idempotency_keys

router = APIRouter(prefix="/v1/broadcasts")


class BroadcastCreate(BaseModel):
    """A notice to everybody who has reported something in an area, to its posts, or to a team of volunteers."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str | None, Field(max_length=200, description="Where; of a team, where the team is")] = None
    audience: Audience
    team: Annotated[UUID | None, Field(description="Which team, if it is for one")] = None
    notice: Notice

    @model_validator(mode="after")
    def _one_of_both(self) -> "BroadcastCreate":
        if (self.team is not None, self.area is None) != (self.audience is Audience.TEAM,) * 2:
            raise ValueError("a notice to a team names the team and no area, any other an area and no team")
        return self


class BroadcastRead(BaseModel):
    """A notice, whom it would reach now, and whom it has reached."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    area: str
    audience: Audience
    team: UUID | None
    notice: Notice
    state: State
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    reached: int = Field(description="How many inboxes it was left in")
    inboxes: int = Field(description="How many inboxes it would be left in if it were sent now")
    addresses: Mapping[str, int] = Field(description="How many addresses outside of the app that would be, by channel")


@router.post("", status_code=201)
async def draft_broadcast(
    body: BroadcastCreate,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    key: Idempotency,
) -> BroadcastRead:
    """Write a notice and see whom it would reach; nobody is told yet."""
    _require_staff(caller)
    aim = await _aim(connection, body, district)
    require_area(caller, aim.area)
    scope = f"broadcasts/{caller.subject}"
    new = runtime.new_id()
    which = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=new)
    if which == new:
        author = usecases.Author(caller.subject, runtime.now())
        await usecases.draft_broadcast(connection, which, aim, body.notice, author)
    return await _shown(connection, await _theirs(connection, caller, which), district)


@router.get("/{broadcast_id}")
async def read_broadcast(
    broadcast_id: UUID, caller: Caller, connection: Reading, district: CurrentDistrict
) -> BroadcastRead:
    """Show a notice and how far it was sent."""
    return await _shown(connection, await _theirs(connection, caller, broadcast_id), district)


@router.post("/{broadcast_id}/approve")
async def approve_broadcast(
    broadcast_id: UUID, caller: Caller, connection: Transaction, district: CurrentDistrict, now: Now
) -> BroadcastRead:
    """Let a notice that somebody else wrote be sent."""
    await _theirs(connection, caller, broadcast_id)
    await usecases.approve_broadcast(connection, broadcast_id, usecases.Author(caller.subject, now))
    return await _shown(connection, await _theirs(connection, caller, broadcast_id), district)


@router.post("/{broadcast_id}/cancel")
async def cancel_broadcast(
    broadcast_id: UUID, caller: Caller, connection: Transaction, district: CurrentDistrict, now: Now
) -> BroadcastRead:
    """Stop a notice, also while it is sent: what waits to leave the app does not."""
    await _theirs(connection, caller, broadcast_id)
    await usecases.cancel_broadcast(connection, broadcast_id, usecases.Author(caller.subject, now))
    return await _shown(connection, await _theirs(connection, caller, broadcast_id), district)


async def _aim(connection: AsyncConnection, body: BroadcastCreate, district: KnownDistrict) -> Aim:
    if body.team is not None:
        area = await reach_queries.area_of_team(connection, body.team)
        if area is None:
            raise not_found("team")
        return Aim(Audience.TEAM, area, body.team)
    if body.area is None or body.area not in district.units:
        raise not_found("area")
    return Aim(body.audience, body.area)


def _require_staff(caller: Principal) -> None:
    if not caller.has_role("staff", "platform"):
        raise forbidden("Notices are for staff.")


async def _theirs(connection: AsyncConnection, caller: Principal, which: UUID) -> AnyRow:
    _require_staff(caller)
    row = await reach_queries.broadcast(connection, which)
    if row is None:
        raise not_found("notice")
    require_area(caller, row.area)
    return row


async def _shown(connection: AsyncConnection, row: AnyRow, district: KnownDistrict) -> BroadcastRead:
    inboxes, addresses = await count_reached(connection, Aim(Audience(row.audience), row.area, row.team), district)
    its = {name: getattr(row, name) for name in BroadcastRead.model_fields if name not in ("inboxes", "addresses")}
    return BroadcastRead(**its, inboxes=inboxes, addresses=addresses)
