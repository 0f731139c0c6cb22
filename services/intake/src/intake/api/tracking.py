"""What the holder of a tracking code is shown."""

from typing import Annotated

from fastapi import Path

from intake import queries
from intake.api.problems import not_found
from intake.api.schemas import TrackRead
from intake.api.views import track_read
from linli.chassis.database import Reading
from linli.contracts.tracking import CODE_PATTERN
from linli.district.known import KnownDistrict

Code = Annotated[str, Path(pattern=CODE_PATTERN)]


async def tracked(connection: Reading, code: str, language: str, district: KnownDistrict) -> TrackRead:
    """Return what is shown, in a language.

    Raises:
        ProblemError: 404, no issue has the code.
    """
    row = await queries.issue_by_code(connection, code)
    if row is None:
        raise not_found("tracking code")
    together = await queries.stands_for(connection, row)
    steps = await queries.steps_of(connection, row.id)
    news = await queries.notes_of(connection, row.id, public_only=True)
    supplements = await queries.supplements_of(connection, row.id)
    return track_read(row, steps, news, supplements, together, language, district)
