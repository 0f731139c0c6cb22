"""Micro-wishes: from the one who wishes to the one who is thanked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime
from linli.contracts import AreaPath, Slug
from volunteer.api.callers import AnyActor, CurrentTelling, MaybeActor, OrganiserActor
from volunteer.api.wish_parts import Cipher, Policy
from volunteer.api.wish_schemas import (
    PolicyRead,
    ReasonBody,
    ThanksBody,
    WishCreate,
    WishRead,
)
from volunteer.api.words import IdCursor
from volunteer.domain.faults import UnknownError
from volunteer.domain.wishes import Wish, WishState
from volunteer.queries import wishes as queries
from volunteer.queries.wishes import WishFilter
from volunteer.usecases import wishes as usecases

router = APIRouter(prefix="/v1", tags=["wishes"])


@router.post("/wishes", status_code=201, responses={201: ETAG_HEADER[200]})
async def submit_wish(
    body: WishCreate,
    actor: AnyActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    cipher: Cipher,
    key: Idempotency,
    response: Response,
) -> WishRead:
    """Wish for something small, or write down what somebody else wishes for."""
    wish = body.wish(runtime.new_id(), district, by=actor.subject, at=telling.at)
    contact = None if body.contact is None else body.contact.contact()
    stored = await usecases.submit_wish(connection, wish, contact, cipher=cipher, actor=actor, telling=telling, key=key)
    return _read(stored, response)


@router.get("/wishes")
async def list_wishes(
    connection: Reading,
    actor: MaybeActor,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    kind: Slug | None = None,
    state: WishState | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[WishRead]:
    """List wishes, newest first: the published ones to anyone, besides them one's own and those of one's areas."""
    wanted = WishFilter(area=area, kind=kind, states=None if state is None else (state,))
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_wishes(connection, wanted, actor, after=start, limit=limit + 1)
    items = [WishRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/wishes/policy")
async def read_policy(policy: Policy) -> PolicyRead:
    """Tell how claims are shared out."""
    return PolicyRead.model_validate(policy)


@router.get("/wishes/{wish_id}", responses=ETAG_HEADER)
async def read_wish(wish_id: UUID, connection: Reading, actor: MaybeActor, response: Response) -> WishRead:
    """Show a wish to whoever may see it."""
    row = await queries.wish_seen(connection, wish_id, actor)
    if row is None:
        raise UnknownError("wish")
    set_etag(response, row.version)
    return WishRead.model_validate(row)


@router.post("/wishes/{wish_id}/verify", responses=ETAG_HEADER)
async def verify_wish(
    wish_id: UUID,
    actor: OrganiserActor,
    connection: Transaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Note that the caller has made sure of a wish."""
    return _read(
        await usecases.verify_wish(connection, wish_id, actor=actor, telling=telling, versions=versions), response
    )


@router.post("/wishes/{wish_id}/publish", responses=ETAG_HEADER)
async def publish_wish(
    wish_id: UUID,
    actor: OrganiserActor,
    connection: Transaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Show a verified wish to everybody."""
    published = await usecases.publish_wish(connection, wish_id, actor=actor, telling=telling, versions=versions)
    return _read(published, response)


@router.post("/wishes/{wish_id}/decline", responses=ETAG_HEADER)
async def decline_wish(
    wish_id: UUID,
    body: ReasonBody,
    actor: OrganiserActor,
    connection: Transaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Do not publish a wish, and say why."""
    declined = await usecases.decline_wish(
        connection, wish_id, body.reason, actor=actor, telling=telling, versions=versions
    )
    return _read(declined, response)


@router.post("/wishes/{wish_id}/withdraw", responses=ETAG_HEADER)
async def withdraw_wish(
    wish_id: UUID,
    body: ReasonBody,
    actor: AnyActor,
    connection: Transaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Take a wish back, one's own or one of the area."""
    withdrawn = await usecases.withdraw_wish(
        connection, wish_id, body.reason, actor=actor, telling=telling, versions=versions
    )
    return _read(withdrawn, response)


@router.post("/wishes/{wish_id}/thank", responses=ETAG_HEADER)
async def thank_for_wish(
    wish_id: UUID,
    body: ThanksBody,
    actor: AnyActor,
    connection: Transaction,
    telling: CurrentTelling,
    response: Response,
) -> WishRead:
    """Confirm that a wish was fulfilled, and thank."""
    return _read(
        await usecases.thank_for_wish(connection, wish_id, body.thanks, actor=actor, telling=telling), response
    )


def _read(wish: Wish, response: Response) -> WishRead:
    set_etag(response, wish.version)
    return WishRead.model_validate(wish)
