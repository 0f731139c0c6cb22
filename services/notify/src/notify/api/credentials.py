"""The API of the departments' credentials: their accounts on the bus."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from linli.chassis.auth import Principal, forbidden, require
from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime, Runtime
from linli.contracts import Slug
from notify import queries, usecases
from notify.api.problems import not_found
from notify.api.schemas import CredentialGiven, CredentialRead, Rotation
from notify.usecases import Admission, Wish

router = APIRouter(prefix="/v1/departments/{department}/credentials", tags=["credentials"])

Platform = Annotated[Principal, Depends(require("platform"))]


async def _of_department(
    department: Slug, caller: Annotated[Principal, Depends(require("platform", "department"))]
) -> Principal:
    if not caller.has_role("platform") and caller.department != department:
        raise forbidden("The credentials are another department's.")
    return caller


OwnDepartment = Annotated[Principal, Depends(_of_department)]
"""The platform, or the department that the path names."""


class CredentialCursor(Cursor):
    """Credentials are listed by id."""

    id: UUID


@router.post("", status_code=201)
async def let_in(
    department: Slug, caller: Platform, runtime: CurrentRuntime, response: Response, key: Idempotency
) -> CredentialGiven:
    """Make a department an account that reads its queues; nothing else shows the password, ever."""
    wish = Wish(credential_id=runtime.new_id(), department=department, by=caller.subject, key=key)
    return await _given(runtime, wish, response)


@router.post("/rotate", status_code=201)
async def rotate(
    department: Slug,
    caller: OwnDepartment,
    runtime: CurrentRuntime,
    response: Response,
    key: Idempotency,
    body: Rotation | None = None,
) -> CredentialGiven:
    """Make another account in place of those that there are, which are ended when the overlap is over."""
    wish = Wish(
        credential_id=runtime.new_id(),
        department=department,
        by=caller.subject,
        overlap=timedelta(days=(body or Rotation()).overlap_days),
        key=key,
    )
    return await _given(runtime, wish, response)


@router.get("")
async def list_credentials(
    department: Slug,
    _: OwnDepartment,
    connection: Reading,
    runtime: CurrentRuntime,
    after: After = None,
    limit: Limit = 50,
) -> Page[CredentialRead]:
    """List a department's credentials, newest first, also those that have ended; none with its password."""
    start = CredentialCursor.decode(after).id if after else None
    rows = await queries.list_credentials(connection, department, after=start, limit=limit + 1)
    # One that left the district may still have some.
    if not rows and department not in runtime.extra(Admission).departments:
        raise not_found("department")
    items = [CredentialRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=CredentialCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.delete("/{credential_id}", status_code=204)
async def revoke(department: Slug, credential_id: UUID, caller: Platform, runtime: CurrentRuntime) -> None:
    """End an account now; whoever is connected with it is cut off."""
    await usecases.revoke(runtime.extra(Admission), department, credential_id, by=caller.subject)


async def _given(runtime: Runtime, wish: Wish, response: Response) -> CredentialGiven:
    admission = runtime.extra(Admission)
    given = await usecases.let_in(admission, wish)
    response.headers["Cache-Control"] = "no-store"
    return CredentialGiven(
        **CredentialRead.model_validate(given.row).model_dump(),
        password=given.password,
        amqp_url=admission.url_pattern(given.row.username),
    )
