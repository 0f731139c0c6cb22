"""Claims of micro-wishes: from the word to the deed."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import ColumnElement

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from volunteer.api.callers import AnyActor, CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.wish_parts import Cipher, Policy
from volunteer.api.wish_schemas import (
    BarRead,
    ClaimCreate,
    ContactRead,
    HolderRead,
    WishClaimRead,
)
from volunteer.api.words import IdCursor
from volunteer.queries import wishes as queries
from volunteer.tables import volunteers, wish_claims
from volunteer.usecases import wish_claims as usecases
from volunteer.usecases.wish_store import load_wish

router = APIRouter(prefix="/v1", tags=["wishes"])


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
    telling: CurrentTelling,
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
        telling=telling,
        key=key,
    )
    return WishClaimRead.model_validate(claim)


@router.get("/wishes/{wish_id}/claims")
async def list_holders(
    wish_id: UUID, actor: OrganiserActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[HolderRead]:
    """List who took a wish, to those who organise where it is."""
    actor.require_organiser((await load_wish(connection, wish_id)).area)
    return await _holders(connection, wish_claims.c.wish_id == wish_id, after, limit)


@router.get("/wish-claims/mine")
async def list_own_claims(
    actor: VolunteerActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[HolderRead]:
    """List the caller's claims, earliest first."""
    return await _holders(connection, volunteers.c.subject == actor.subject, after, limit)


@router.post("/wish-claims/{claim_id}/confirm")
async def confirm_claim(
    claim_id: UUID, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling
) -> WishClaimRead:
    """Agree to a claim: its holder sees from now on whom to contact."""
    return WishClaimRead.model_validate(
        await usecases.confirm_claim(connection, claim_id, actor=actor, telling=telling)
    )


@router.post("/wish-claims/{claim_id}/release")
async def release_claim(
    claim_id: UUID, actor: AnyActor, connection: Transaction, telling: CurrentTelling, policy: Policy
) -> WishClaimRead:
    """Give a claim back, or take it away: its places are on the list again."""
    released = await usecases.release_claim(connection, claim_id, policy=policy, actor=actor, telling=telling)
    return WishClaimRead.model_validate(released)


@router.post("/wish-claims/{claim_id}/fulfil")
async def fulfil_claim(
    claim_id: UUID, actor: AnyActor, connection: Transaction, telling: CurrentTelling
) -> WishClaimRead:
    """Say that it is done."""
    return WishClaimRead.model_validate(await usecases.fulfil_claim(connection, claim_id, actor=actor, telling=telling))


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
