"""The staff's desk: issues looked for, counted, and shown on a map."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from intake import desk_queries
from intake.api.looking import IssueQuery, scope_of
from intake.api.schemas import IssueRead
from intake.api.scope import Staff
from intake.api.views import issue_read
from intake.desk_queries import MOST_COUNTED, MOST_MAPPED, Box
from intake.domain.issue import PublicState
from intake.queries import AnyRow
from linli.chassis.cursor import Cursor, Page
from linli.chassis.database import Reading
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import Now

router = APIRouter(prefix="/v1/issues", tags=["desk"])

SQUARES_A_TILE = 4
"""A tile of the map, 256 pixels, is as wide as so many squares."""

MOST_SQUARES = 10_000

Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class IssueCursor(Cursor):
    """The place of a page in the list of issues of one query."""

    id: UUID
    of: str


class ListQuery(IssueQuery):
    """Conditions, and which page."""

    after: str | None = Field(None, max_length=512, description="`next` of the page before, of the same conditions")
    limit: Annotated[int, Field(ge=1, le=200)] = Field(50, description="Most items of a page")


class MapQuery(IssueQuery):
    """Conditions, and a part of the map."""

    west: Degrees
    south: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    east: Degrees
    north: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    zoom: Annotated[int, Field(ge=0, le=22)] = Field(description="Of the map, as web maps count")


class CountsRead(BaseModel):
    """How many issues there are; with `more`, only the newest 10,000 are counted."""

    total: int
    more: bool
    states: dict[PublicState, int]


class Point(BaseModel):
    """A point of GeoJSON: longitude, latitude."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class ClusterProperties(BaseModel):
    """How many issues are around a point; of a single one, which and how far it is."""

    count: int
    id: UUID | None
    state: PublicState | None


class Cluster(BaseModel):
    """A feature of GeoJSON."""

    type: Literal["Feature"] = "Feature"
    geometry: Point
    properties: ClusterProperties


class ClustersRead(BaseModel):
    """A collection of GeoJSON; with `more` there are issues that it leaves out."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Cluster]
    more: bool


@router.get("")
async def list_issues(
    principal: Staff,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    now: Now,
    asked: Annotated[ListQuery, Query()],
) -> Page[IssueRead]:
    """List the issues in the caller's areas, newest first."""
    wanted = asked.filter(now)
    start = _start(asked)
    rows = await desk_queries.list_issues(
        connection, scope_of(principal, district), wanted, after=start, limit=asked.limit + 1
    )
    items = [issue_read(row, language, district) for row in rows[: asked.limit]]
    more = len(rows) > asked.limit
    return Page(items=items, next=IssueCursor(id=items[-1].id, of=asked.mark).encode() if more else None)


@router.get("/counts")
async def count_issues(
    principal: Staff, connection: Reading, district: CurrentDistrict, now: Now, asked: Annotated[IssueQuery, Query()]
) -> CountsRead:
    """Count the issues in the caller's areas by their state: the newest 10,000 at most."""
    counted = await desk_queries.count_by_state(connection, scope_of(principal, district), asked.filter(now))
    states = {PublicState(state): number for state, number in counted.items()}
    total = sum(states.values())
    return CountsRead(total=total, more=total == MOST_COUNTED, states=states)


@router.get("/clusters")
async def cluster_issues(
    principal: Staff, connection: Reading, district: CurrentDistrict, now: Now, asked: Annotated[MapQuery, Query()]
) -> ClustersRead:
    """Show where on a part of the map issues are, those that lie close together as one: GeoJSON.

    At most 20,000 issues are looked at; with `more` there are others, so that conditions or a smaller part help.
    """
    side = 360 / (2**asked.zoom * SQUARES_A_TILE)
    box = Box(asked.west, asked.south, asked.east, asked.north)
    _check_box(box, side)
    rows = await desk_queries.cluster(connection, scope_of(principal, district), asked.filter(now), box, side)
    more = sum(row.number for row in rows) == MOST_MAPPED
    return ClustersRead(features=[_feature(row) for row in rows], more=more)


def _start(asked: ListQuery) -> UUID | None:
    if asked.after is None:
        return None
    cursor = IssueCursor.decode(asked.after)
    if cursor.of != asked.mark:
        raise ProblemError(422, "invalid-cursor", "The cursor is one of other conditions")
    return cursor.id


def _check_box(box: Box, side: float) -> None:
    if box.west > box.east or box.south > box.north:
        message = "must not lie east of east, nor south north of north"
        raise ProblemError(422, "invalid-request", "The request is not valid", errors=[_fault("west", message)])
    if (box.east - box.west) / side * ((box.north - box.south) / side) > MOST_SQUARES:
        message = "shows too little at a time for such a large part of the map"
        raise ProblemError(422, "invalid-request", "The request is not valid", errors=[_fault("zoom", message)])


def _fault(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}


def _feature(row: AnyRow) -> Cluster:
    single = row.number == 1
    return Cluster(
        geometry=Point(coordinates=(round(row.lon, 6), round(row.lat, 6))),
        properties=ClusterProperties(
            count=row.number, id=UUID(row.id) if single else None, state=PublicState(row.state) if single else None
        ),
    )
