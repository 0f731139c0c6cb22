"""Micro-wishes: from the one who wishes to the one who is thanked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import ColumnElement

from linli.chassis.contacts import ContactCipher
from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath, Slug
from volunteer.api.callers import AnyActor, MaybeActor, OrganiserActor, VolunteerActor
from volunteer.api.wish_schemas import (
    BarRead,
    ClaimCreate,
    ContactRead,
    HolderRead,
    PolicyRead,
    ReasonBody,
    ThanksBody,
    WishClaimRead,
    WishCreate,
    WishRead,
)
from volunteer.api.words import IdCursor
from volunteer.domain.claiming import ClaimPolicy
from volunteer.domain.faults import UnknownError
from volunteer.domain.wishes import Wish, WishState
from volunteer.queries import wishes as queries
from volunteer.queries.wishes import WishFilter
from volunteer.settings import Contacts
from volunteer.tables import volunteers, wish_claims
from volunteer.usecases import wishes as usecases

router = APIRouter(prefix="/v1", tags=["wishes"])


async def _policy(runtime: CurrentRuntime) -> ClaimPolicy:
    return runtime.extra(ClaimPolicy)


async def _cipher(runtime: CurrentRuntime) -> ContactCipher | None:
    return runtime.extra(Contacts).cipher


Policy = Annotated[ClaimPolicy, Depends(_policy)]
Cipher = Annotated[ContactCipher | None, Depends(_cipher)]


@router.post("/wishes", status_code=201, responses={201: ETAG_HEADER[200]})
async def submit_wish(
    body: WishCreate,
    actor: AnyActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    cipher: Cipher,
    key: Idempotency,
    response: Response,
) -> WishRead:
    """Wish for something small, or write down what somebody else wishes for."""
    wish = body.wish(runtime.new_id(), district, by=actor.subject, at=now)
    contact = None if body.contact is None else body.contact.contact()
    stored = await usecases.submit_wish(connection, wish, contact, cipher=cipher, actor=actor, key=key)
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
    wish_id: UUID, actor: OrganiserActor, connection: Transaction, versions: SeenVersions, response: Response
) -> WishRead:
    """Note that the caller has made sure of a wish."""
    return _read(await usecases.verify_wish(connection, wish_id, actor=actor, versions=versions), response)


@router.post("/wishes/{wish_id}/publish", responses=ETAG_HEADER)
async def publish_wish(
    wish_id: UUID, actor: OrganiserActor, connection: Transaction, now: Now, versions: SeenVersions, response: Response
) -> WishRead:
    """Show a verified wish to everybody."""
    published = await usecases.publish_wish(connection, wish_id, actor=actor, at=now, versions=versions)
    return _read(published, response)


@router.post("/wishes/{wish_id}/decline", responses=ETAG_HEADER)
async def decline_wish(
    wish_id: UUID,
    body: ReasonBody,
    actor: OrganiserActor,
    connection: Transaction,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Do not publish a wish, and say why."""
    declined = await usecases.decline_wish(connection, wish_id, body.reason, actor=actor, versions=versions)
    return _read(declined, response)


@router.post("/wishes/{wish_id}/withdraw", responses=ETAG_HEADER)
async def withdraw_wish(
    wish_id: UUID,
    body: ReasonBody,
    actor: AnyActor,
    connection: Transaction,
    now: Now,
    versions: SeenVersions,
    response: Response,
) -> WishRead:
    """Take a wish back, one's own or one of the area."""
    withdrawn = await usecases.withdraw_wish(connection, wish_id, body.reason, actor=actor, at=now, versions=versions)
    return _read(withdrawn, response)


@router.post("/wishes/{wish_id}/thank", responses=ETAG_HEADER)
async def thank_for_wish(
    wish_id: UUID, body: ThanksBody, actor: AnyActor, connection: Transaction, response: Response
) -> WishRead:
    """Confirm that a wish was fulfilled, and thank."""
    return _read(await usecases.thank_for_wish(connection, wish_id, body.thanks, actor=actor), response)


@router.get("/wishes/{wish_id}/claimable")
async def read_bars(
    wish_id: UUID, actor: VolunteerActor, connection: Reading, now: Now, policy: Policy, language: Language
) -> list[BarRead]:
    """Tell every reason why the caller may not claim a wish now; an empty list says that they may."""
    bars = await usecases.bars_of(connection, wish_id, policy=policy, actor=actor, at=now)
    return [BarRead.of(barred, language) for barred in bars]


@router.post("/wishes/{wish_id}/claims", status_code=201)
async def claim_wish(
    wish_id: UUID,
    body: ClaimCreate,
    actor: VolunteerActor,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    policy: Policy,
    key: Idempotency,
) -> WishClaimRead:
    """Take a wish, alone or with one's team; of many at once no more get it than it has places."""
    claim = await usecases.claim_wish(
        connection,
        wish_id,
        claim_id=runtime.new_id(),
        team_id=body.team_id,
        people=body.people,
        policy=policy,
        actor=actor,
        at=now,
        key=key,
    )
    return WishClaimRead.model_validate(claim)


@router.get("/wishes/{wish_id}/claims")
async def list_holders(
    wish_id: UUID, actor: OrganiserActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[HolderRead]:
    """List who took a wish, to those who organise where it is."""
    actor.require_organiser((await usecases.load_wish(connection, wish_id)).area)
    return await _holders(connection, wish_claims.c.wish_id == wish_id, after, limit)


@router.get("/wish-claims/mine")
async def list_own_claims(
    actor: VolunteerActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[HolderRead]:
    """List the caller's claims, earliest first."""
    return await _holders(connection, volunteers.c.subject == actor.subject, after, limit)


@router.post("/wish-claims/{claim_id}/confirm")
async def confirm_claim(claim_id: UUID, actor: OrganiserActor, connection: Transaction) -> WishClaimRead:
    """Agree to a claim: its holder sees from now on whom to contact."""
    return WishClaimRead.model_validate(await usecases.confirm_claim(connection, claim_id, actor=actor))


@router.post("/wish-claims/{claim_id}/release")
async def release_claim(
    claim_id: UUID, actor: AnyActor, connection: Transaction, now: Now, policy: Policy
) -> WishClaimRead:
    """Give a claim back, or take it away: its places are on the list again."""
    released = await usecases.release_claim(connection, claim_id, policy=policy, actor=actor, at=now)
    return WishClaimRead.model_validate(released)


@router.post("/wish-claims/{claim_id}/fulfil")
async def fulfil_claim(claim_id: UUID, actor: AnyActor, connection: Transaction, now: Now) -> WishClaimRead:
    """Say that it is done."""
    return WishClaimRead.model_validate(await usecases.fulfil_claim(connection, claim_id, actor=actor, at=now))


@router.get("/wish-claims/{claim_id}/contact")
async def read_contact(claim_id: UUID, actor: AnyActor, connection: Reading, cipher: Cipher) -> ContactRead:
    """Tell whom to contact, once the claim is confirmed."""
    contact = await usecases.contact_of(connection, claim_id, cipher=cipher, actor=actor)
    return ContactRead() if contact is None else ContactRead(name=contact.name, phone_or_mail=contact.phone_or_mail)


async def _holders(connection: Reading, which: ColumnElement[bool], after: str | None, limit: int) -> Page[HolderRead]:
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_claims(connection, which, after=start, limit=limit + 1)
    items = [HolderRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


def _read(wish: Wish, response: Response) -> WishRead:
    set_etag(response, wish.version)
    return WishRead.model_validate(wish)
