"""Which issues staff may see."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from intake import queries
from intake.api.problems import not_found
from intake.queries import AnyRow
from linli.chassis.auth import Principal, forbidden, require
from linli.chassis.database import Reading
from linli.district.known import KnownDistrict

CONFIDENTIAL_READERS = ("supervisor", "platform")

Staff = Annotated[Principal, Depends(require("staff", "supervisor", "platform", "handler"))]


async def visible_issue(connection: Reading, issue_id: UUID, principal: Principal, district: KnownDistrict) -> AnyRow:
    """Return an issue that the caller may see.

    Raises:
        ProblemError: there is none, or it is not theirs to see.
    """
    row = await queries.issue_by_id(connection, issue_id)
    if row is None:
        raise not_found("issue")
    if row.handler_id == principal.subject:
        return row
    covered = any(row.area == area or row.area.startswith(f"{area}/") for area in areas_of(principal, district))
    if not covered or (row.confidential and not principal.has_role(*CONFIDENTIAL_READERS)):
        raise forbidden("The issue lies outside of what the caller may see.")
    return row


def areas_of(principal: Principal, district: KnownDistrict) -> tuple[str, ...]:
    """Return the areas in which the caller may see issues, each with all beneath it."""
    if principal.has_role("platform"):
        return tuple(top.path for top in district.tops)
    return principal.areas if principal.has_role("staff", "supervisor") else ()
