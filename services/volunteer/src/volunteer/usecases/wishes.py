"""What can be done to wishes: each loads a wish, and where it is about one a claim, locks and changes them."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain import wishes as rules
from volunteer.domain.actor import Actor
from volunteer.domain.claiming import Barred, BarredError, Claimant, ClaimBar, ClaimPolicy, bars
from volunteer.domain.faults import NotAllowedError, RefusedError, StaleError, UnknownError
from volunteer.domain.people import Volunteer
from volunteer.domain.wishes import HELD, ClaimState, Wish, WishClaim, WishState
from volunteer.tables import (
    idempotency_keys,
    memberships,
    qualifications,
    volunteers,
    wish_claims,
    wish_contacts,
    wishes,
)
from volunteer.usecases.people import load
from volunteer.usecases.teams import load_team

Versions = frozenset[int] | None
"""The versions that the caller has seen, None where any will do."""

BATCH = 100
"""So many claims lapse, and so many wishes expire, in one transaction."""


async def submit_wish(
    connection: AsyncConnection,
    wish: Wish,
    contact: Contact | None,
    *,
    cipher: ContactCipher | None,
    actor: Actor,
    key: IdempotencyKey | None,
) -> Wish:
    """Take in a wish; the contact is stored apart and encrypted.

    Raises:
        FieldError: its time has passed.
        NotAllowedError: it is for somebody else, and the actor does not organise there.
        RefusedError: it has a contact, and the service was given no key to keep one with.
        ProblemError: the key came with another body before.
    """
    if wish.on_behalf:
        actor.require_organiser(wish.area)
    first = await claim_key(connection, idempotency_keys, key, scope=f"wish:{actor.subject}", resource_id=wish.id)
    if first != wish.id:
        return await load_wish(connection, first)
    wish = rules.submit(wish)
    await connection.execute(insert(wishes).values(_columns(wish)))
    if contact is not None:
        if cipher is None:
            raise RefusedError("no-contacts", "This service keeps no contacts: it was given no key.")
        stored = {"wish_id": wish.id, "contact": cipher.encrypt(wish.id, contact)}
        await connection.execute(insert(wish_contacts).values(stored))
    return wish


async def verify_wish(connection: AsyncConnection, wish_id: UUID, *, actor: Actor, versions: Versions) -> Wish:
    """Note that somebody has looked at a wish.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    return await _save(connection, rules.verify(wish, by=actor.subject))


async def decline_wish(
    connection: AsyncConnection, wish_id: UUID, reason: str, *, actor: Actor, versions: Versions
) -> Wish:
    """Do not publish a wish.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    return await _save(connection, rules.decline(wish, reason))


async def publish_wish(
    connection: AsyncConnection, wish_id: UUID, *, actor: Actor, at: datetime, versions: Versions
) -> Wish:
    """Show a wish to everybody.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    return await _save(connection, rules.publish(wish, at=at))


async def withdraw_wish(
    connection: AsyncConnection, wish_id: UUID, reason: str | None, *, actor: Actor, at: datetime, versions: Versions
) -> Wish:
    """Take a wish back, as who submitted it or organises there; whoever holds it is free, and no worse for it.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _owned(connection, wish_id, actor, versions)
    wish = await _save(connection, rules.withdraw(wish, reason))
    ended = {"state": ClaimState.RELEASED, "ended_at": at}
    held = (wish_claims.c.wish_id == wish_id) & wish_claims.c.state.in_(HELD)
    await connection.execute(update(wish_claims).where(held).values(ended))
    return wish


async def claim_wish(
    connection: AsyncConnection,
    wish_id: UUID,
    *,
    claim_id: UUID,
    team_id: UUID | None,
    people: int,
    policy: ClaimPolicy,
    actor: Actor,
    at: datetime,
    key: IdempotencyKey | None,
) -> WishClaim:
    """Take a wish, alone or as the leader of a team with some of its members.

    Raises:
        UnknownError: there is no such wish or team, or the actor is no volunteer.
        NotAllowedError: they do not lead the team.
        BarredError: a rule or policy is against it.
        RefusedError: the wish has not so many places left, or the team not so many members.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"wish-claim:{wish_id}:{actor.subject}", resource_id=claim_id
    )
    if first != claim_id:
        return await _claim(connection, first)
    # Without a lock: of many who come too late, none waits for the others.
    _require_published(await load_wish(connection, wish_id))
    # The volunteer first, then the wish: somebody's claims of many wishes at once count one after the other.
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    wish = await load_wish(connection, wish_id, lock=True)
    _require_published(wish)
    found = bars(wish, await _claimant(connection, wish, volunteer, actor, policy, at), policy, at=at)
    if found:
        raise BarredError(found)
    if team_id is not None:
        await _require_team(connection, team_id, people, actor)
    wish, made = rules.claim(wish, claim_id=claim_id, volunteer_id=volunteer.id, team_id=team_id, people=people, at=at)
    await _store(connection, wish)
    await connection.execute(insert(wish_claims).values(asdict(made)))
    return made


async def bars_of(
    connection: AsyncConnection, wish_id: UUID, *, policy: ClaimPolicy, actor: Actor, at: datetime
) -> tuple[Barred, ...]:
    """Return every reason why the actor may not claim a wish now.

    Raises:
        UnknownError: there is no such wish, or the actor is no volunteer.
    """
    wish = await load_wish(connection, wish_id)
    volunteer = await load(connection, volunteers.c.subject == actor.subject)
    return bars(wish, await _claimant(connection, wish, volunteer, actor, policy, at), policy, at=at)


async def confirm_claim(connection: AsyncConnection, claim_id: UUID, *, actor: Actor) -> WishClaim:
    """Agree to a claim, as who organises there: its holder sees the contact from now on.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say; nobody agrees to their own.
    """
    wish, held, subject = await _both(connection, claim_id)
    actor.require_organiser(wish.area)
    if subject == actor.subject:
        raise RefusedError("own-claim", "Nobody agrees to their own claim.")
    return await _save_both(connection, *rules.confirm(wish, held))


async def release_claim(
    connection: AsyncConnection, claim_id: UUID, *, policy: ClaimPolicy, actor: Actor, at: datetime
) -> WishClaim:
    """Give a claim back, as its holder, or take it away, as who organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish, held, subject = await _both(connection, claim_id)
    if subject == actor.subject:
        return await _save_both(connection, *rules.release(wish, held, at=at, late_hours=policy.late_hours))
    actor.require_organiser(wish.area)
    wish, ended = rules.release(wish, held, at=at, late_hours=policy.late_hours)
    # Somebody else took it away: that is not held against the holder.
    return await _save_both(connection, wish, replace(ended, late=False))


async def end_claim(connection: AsyncConnection, claim_id: UUID, *, at: datetime) -> None:
    """Put the places of a claim on the list again, whoever wants it; that is held against nobody.

    Raises:
        UnknownError, RefusedError: as the names say.
    """
    wish, held, _ = await _both(connection, claim_id)
    await _save_both(connection, *rules.release(wish, held, at=at, late_hours=0))


async def fulfil_claim(connection: AsyncConnection, claim_id: UUID, *, actor: Actor, at: datetime) -> WishClaim:
    """Say that what was wished for is done, as its holder or as who organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish, held, subject = await _both(connection, claim_id)
    if subject != actor.subject:
        actor.require_organiser(wish.area)
    return await _save_both(connection, *rules.fulfil(wish, held, at=at))


async def thank_for_wish(connection: AsyncConnection, wish_id: UUID, thanks: str | None, *, actor: Actor) -> Wish:
    """Confirm that a wish was fulfilled and thank, as who submitted it or organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish = await _owned(connection, wish_id, actor, None)
    mine = select(wish_claims.c.id).join(volunteers).where(volunteers.c.subject == actor.subject)
    mine = mine.where(wish_claims.c.wish_id == wish_id, wish_claims.c.state == ClaimState.FULFILLED)
    held_by_actor = await connection.scalar(mine.limit(1)) is not None
    return await _save(connection, rules.thank(wish, thanks, held_by_actor=held_by_actor))


async def contact_of(
    connection: AsyncConnection, claim_id: UUID, *, cipher: ContactCipher | None, actor: Actor
) -> Contact | None:
    """Return whom to contact, to the holder of a confirmed claim and to who organises there; None without a contact.

    Raises:
        UnknownError: there is no such claim.
        NotAllowedError: it is not theirs to see, or not yet.
    """
    wish, held, subject = await _both(connection, claim_id, lock=False)
    if subject != actor.subject:
        actor.require_organiser(wish.area)
    elif held.state is not ClaimState.CONFIRMED:
        raise NotAllowedError("The contact is shown while the claim is confirmed.")
    stored = await connection.scalar(select(wish_contacts.c.contact).where(wish_contacts.c.wish_id == wish.id))
    return None if stored is None or cipher is None else cipher.decrypt(wish.id, stored)


async def let_time_pass(connection: AsyncConnection, *, at: datetime) -> int:
    """Let claims lapse and wishes expire whose time has passed; return how many, at most two batches."""
    due = select(wish_claims).where(wish_claims.c.state.in_(HELD), wish_claims.c.due_at <= at)
    due = due.order_by(wish_claims.c.due_at, wish_claims.c.id).limit(BATCH)
    lapsed = 0
    for row in (await connection.execute(due)).all():
        wish = await load_wish(connection, row.wish_id, lock=True)
        held = await _claim(connection, row.id)
        if held.state in HELD:
            await _save_both(connection, *rules.lapse(wish, held, at=at))
            lapsed += 1
    over = select(wishes).where(wishes.c.state == WishState.PUBLISHED, wishes.c.until <= at)
    over = over.where(wishes.c.taken == wishes.c.fulfilled).limit(BATCH).with_for_update(skip_locked=True)
    expired = [_wish(row._asdict()) for row in (await connection.execute(over)).all()]
    for wish in expired:
        await _save(connection, rules.expire(wish))
    return lapsed + len(expired)


async def load_wish(connection: AsyncConnection, wish_id: UUID, *, lock: bool = False) -> Wish:
    """Return a wish.

    Raises:
        UnknownError: there is none.
    """
    query = select(wishes).where(wishes.c.id == wish_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("wish")
    return _wish(row._asdict())


async def _organised(connection: AsyncConnection, wish_id: UUID, actor: Actor, versions: Versions) -> Wish:
    wish = await load_wish(connection, wish_id, lock=True)
    actor.require_organiser(wish.area)
    if versions is not None and wish.version not in versions:
        raise StaleError(wish.version)
    return wish


async def _owned(connection: AsyncConnection, wish_id: UUID, actor: Actor, versions: Versions) -> Wish:
    wish = await load_wish(connection, wish_id, lock=True)
    if wish.submitted_by != actor.subject:
        actor.require_organiser(wish.area)
    if versions is not None and wish.version not in versions:
        raise StaleError(wish.version)
    return wish


async def _claimant(
    connection: AsyncConnection, wish: Wish, volunteer: Volunteer, actor: Actor, policy: ClaimPolicy, at: datetime
) -> Claimant:
    mine = wish_claims.c.volunteer_id == volunteer.id
    held = wish_claims.c.state.in_(HELD)
    since = at - timedelta(days=policy.share_days)
    counts = select(
        func.count().filter(held),
        func.count().filter(held, wish_claims.c.wish_id == wish.id),
        func.count().filter(wish_claims.c.claimed_at > since),
        func.max(wish_claims.c.ended_at).filter(wish_claims.c.late),
    ).where(mine)
    all_held, this, recent, late_at = (await connection.execute(counts)).one()
    papers = select(qualifications.c.code, qualifications.c.expires_on).where(
        qualifications.c.volunteer_id == volunteer.id
    )
    return Claimant(
        subject=actor.subject,
        born=volunteer.profile.born,
        guardian=volunteer.guardian is not None,
        qualifications={row.code: row.expires_on for row in await connection.execute(papers)},
        holds_this=this > 0,
        held=all_held,
        recent=recent,
        late_at=late_at,
    )


def _require_published(wish: Wish) -> None:
    """Refuse who comes too late, before anything is looked up about them."""
    if wish.state is not WishState.PUBLISHED:
        raise BarredError((Barred(ClaimBar.NOT_PUBLISHED),))


async def _require_team(connection: AsyncConnection, team_id: UUID, people: int, actor: Actor) -> None:
    team = await load_team(connection, team_id)
    if team.leader_subject != actor.subject:
        raise NotAllowedError("The leader of the team may.")
    members = select(func.count()).where(memberships.c.team_id == team_id, memberships.c.standing == "member")
    count = await connection.scalar(members) or 0
    if people > count:
        raise RefusedError("team-too-small", f"The team has {count} members.")


async def _both(
    connection: AsyncConnection, claim_id: UUID, *, lock: bool = True
) -> tuple[Wish, WishClaim, str | None]:
    """Return a claim with its wish, which is locked before the claim is read, and the subject of the holder."""
    query = select(wish_claims.c.wish_id, volunteers.c.subject).select_from(wish_claims.outerjoin(volunteers))
    row = (await connection.execute(query.where(wish_claims.c.id == claim_id))).one_or_none()
    if row is None:
        raise UnknownError("claim")
    wish = await load_wish(connection, row.wish_id, lock=lock)
    return wish, await _claim(connection, claim_id), row.subject


async def _claim(connection: AsyncConnection, claim_id: UUID) -> WishClaim:
    row = (await connection.execute(select(wish_claims).where(wish_claims.c.id == claim_id))).one()
    return WishClaim(**{**row._asdict(), "state": ClaimState(row.state)})


async def _save_both(connection: AsyncConnection, wish: Wish, held: WishClaim) -> WishClaim:
    await _store(connection, wish)
    changed = {"state": held.state, "ended_at": held.ended_at, "late": held.late}
    await connection.execute(update(wish_claims).where(wish_claims.c.id == held.id).values(changed))
    return held


async def _save(connection: AsyncConnection, wish: Wish) -> Wish:
    await _store(connection, wish)
    return wish


async def _store(connection: AsyncConnection, wish: Wish) -> None:
    changed = _columns(wish)
    await connection.execute(update(wishes).where(wishes.c.id == changed.pop("id")).values(changed))


def _columns(wish: Wish) -> dict[str, Any]:
    return asdict(wish) | {"qualifications": list(wish.qualifications)}


def _wish(row: dict[str, Any]) -> Wish:
    return Wish(**{**row, "state": WishState(row["state"]), "qualifications": tuple(row["qualifications"])})
