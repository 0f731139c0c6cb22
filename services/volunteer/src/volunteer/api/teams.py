"""Teams."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime
from linli.contracts import AreaPath
from linli.district.known import KnownDistrict
from volunteer.api.callers import AnyActor, CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.words import Body, IdCursor, Line, Lines, Moment, Read, placed
from volunteer.domain.teams import JoinMode, Standing, Team
from volunteer.queries import people as queries
from volunteer.usecases import teams as usecases
from volunteer.usecases.teams import TeamPlan

router = APIRouter(prefix="/v1/teams", tags=["teams"])


class TeamCreate(Body):
    """A team of an area."""

    name: Annotated[Line, Field(max_length=80)]
    area: AreaPath
    purpose: Lines = ""
    join: JoinMode = JoinMode.APPROVE
    leader: UUID | None = None


class TeamChange(Body):
    """What is to be different; what is left out stays, and a null leader leaves the team without one."""

    name: Annotated[Line, Field(max_length=80)] = "-"
    area: AreaPath = "-"
    purpose: Lines = ""
    join: JoinMode = JoinMode.APPROVE
    leader: UUID | None = None

    def changes(self, district: KnownDistrict) -> dict[str, Any]:
        """Return the fields that were given."""
        told = {name: getattr(self, name) for name in self.model_fields_set}
        return told | ({"area": placed(told["area"], district)} if "area" in told else {})


class TeamRead(Read):
    """A team, as anyone may see it: who is in it is not shown."""

    id: UUID
    name: str
    area: str
    purpose: str
    join: JoinMode
    members: int
    version: int


class StandingRead(Read):
    """How somebody stands to a team."""

    standing: Standing


class MemberRead(Read):
    """Somebody who has to do with a team, as its leader sees them."""

    volunteer_id: UUID
    number: str
    name: str
    standing: Standing
    since: Moment


class InvitationCreate(Body):
    """Whom to invite, or to take in who asked."""

    volunteer_id: UUID


@router.post("", status_code=201, responses={201: ETAG_HEADER[200]})
async def found_team(
    body: TeamCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    key: Idempotency,
    response: Response,
) -> TeamRead:
    """Found a team."""
    plan = TeamPlan(**{**body.model_dump(), "area": placed(body.area, district)})
    team = await usecases.found_team(connection, plan, team_id=runtime.new_id(), actor=actor, telling=telling, key=key)
    return await _read(connection, team, response)


@router.get("")
async def list_teams(
    connection: Reading,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[TeamRead]:
    """List teams, newest first, to anyone."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_teams(connection, area, after=start, limit=limit + 1)
    items = [TeamRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/{team_id}", responses=ETAG_HEADER)
async def read_team(team_id: UUID, connection: Reading, response: Response) -> TeamRead:
    """Show a team to anyone."""
    return await _read(connection, await usecases.load_team(connection, team_id), response)


@router.patch("/{team_id}", responses=ETAG_HEADER)
async def change_team(
    team_id: UUID,
    body: TeamChange,
    actor: AnyActor,
    connection: Transaction,
    district: DistrictInTransaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    response: Response,
) -> TeamRead:
    """Change a team, as its leader or as somebody who organises in its area."""
    changes = body.changes(district)
    team = await usecases.change_team(connection, team_id, changes, actor=actor, telling=telling, versions=versions)
    return await _read(connection, team, response)


@router.get("/{team_id}/members")
async def list_members(
    team_id: UUID, actor: AnyActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[MemberRead]:
    """List who is in a team, was invited or asked, to its leader and those who organise in its area."""
    (await usecases.load_team(connection, team_id)).require_leader(actor)
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_members(connection, team_id, after=start, limit=limit + 1)
    items = [MemberRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].volunteer_id).encode() if len(rows) > limit else None)


@router.post("/{team_id}/join")
async def join_team(
    team_id: UUID, actor: VolunteerActor, connection: Transaction, telling: CurrentTelling
) -> StandingRead:
    """Join at once, accept an invitation, or ask to be taken in: as the team has it."""
    return StandingRead(standing=await usecases.join_team(connection, team_id, actor=actor, telling=telling))


@router.post("/{team_id}/invitations")
async def invite_member(
    team_id: UUID, body: InvitationCreate, actor: AnyActor, connection: Transaction, telling: CurrentTelling
) -> StandingRead:
    """Invite somebody; somebody who asked is taken in."""
    standing = await usecases.invite_member(connection, team_id, body.volunteer_id, actor=actor, telling=telling)
    return StandingRead(standing=standing)


@router.delete("/{team_id}/members/{volunteer_id}", status_code=204)
async def end_membership(
    team_id: UUID, volunteer_id: UUID, actor: AnyActor, connection: Transaction, telling: CurrentTelling
) -> None:
    """Leave, put somebody out, or refuse who asked."""
    await usecases.end_membership(connection, team_id, volunteer_id, actor=actor, telling=telling)


async def _read(connection: Reading, team: Team, response: Response) -> TeamRead:
    set_etag(response, team.version)
    told = {name: getattr(team, name) for name in TeamRead.model_fields if name != "members"}
    return TeamRead(**told, members=await queries.count_members(connection, team.id))
