"""What can be done to claims of wishes: the wish is locked before a claim of it is looked at."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain import wish_events as events
from volunteer.domain import wishes as rules
from volunteer.domain.actor import Actor
from volunteer.domain.claiming import Barred, BarredError, Claimant, ClaimBar, ClaimPolicy, bars
from volunteer.domain.faults import NotAllowedError, RefusedError
from volunteer.domain.people import Volunteer
from volunteer.domain.wishes import HELD, ClaimState, Wish, WishClaim, WishState
from volunteer.tables import idempotency_keys, memberships, qualifications, volunteers, wish_claims, wish_contacts
from volunteer.usecases.people import load
from volunteer.usecases.teams import load_team
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_store import load_both, load_claim, load_wish, save_both, save_wish, sealing


async def claim_wish(
    connection: AsyncConnection,
    wish_id: UUID,
    *,
    claim_id: UUID,
    team_id: UUID | None,
    people: int,
    policy: ClaimPolicy,
    actor: Actor,
    telling: Telling,
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
        return await load_claim(connection, first)
    # Without a lock: of many who come too late, none waits for the others.
    _require_published(await load_wish(connection, wish_id))
    # The volunteer first, then the wish: somebody's claims of many wishes at once count one after the other.
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    wish = await load_wish(connection, wish_id, lock=True)
    _require_published(wish)
    found = bars(wish, await _claimant(connection, wish, volunteer, actor, policy, telling.at), policy, at=telling.at)
    if found:
        raise BarredError(found)
    if team_id is not None:
        await _require_team(connection, team_id, people, actor)
    wish, made = rules.claim(
        wish, claim_id=claim_id, volunteer_id=volunteer.id, team_id=team_id, people=people, at=telling.at
    )
    await save_wish(connection, wish, telling, events.claimed(wish, made, actor.subject, sealing(wish, telling)))
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


async def confirm_claim(connection: AsyncConnection, claim_id: UUID, *, actor: Actor, telling: Telling) -> WishClaim:
    """Agree to a claim, as who organises there: its holder sees the contact from now on.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say; nobody agrees to their own.
    """
    wish, held, subject = await load_both(connection, claim_id)
    actor.require_organiser(wish.area)
    if subject == actor.subject:
        raise RefusedError("own-claim", "Nobody agrees to their own claim.")
    wish, held = rules.confirm(wish, held)
    happened = events.confirmed(wish, held, subject, sealing(wish, telling))
    return await save_both(connection, wish, held, telling, happened)


async def release_claim(
    connection: AsyncConnection, claim_id: UUID, *, policy: ClaimPolicy, actor: Actor, telling: Telling
) -> WishClaim:
    """Give a claim back, as its holder, or take it away, as who organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish, held, subject = await load_both(connection, claim_id)
    own = subject == actor.subject
    if not own:
        actor.require_organiser(wish.area)
    wish, ended = rules.release(wish, held, at=telling.at, late_hours=policy.late_hours)
    # Where somebody else took it away, that is not held against the holder.
    ended = ended if own else replace(ended, late=False)
    why: events.Why = "holder" if own else "organiser"
    happened = events.given_back(wish, ended, subject, sealing(wish, telling), why=why)
    return await save_both(connection, wish, ended, telling, *happened)


async def end_claim(connection: AsyncConnection, claim_id: UUID, *, telling: Telling) -> None:
    """Put the places of a claim on the list again because its holder leaves; that is held against nobody.

    Raises:
        UnknownError, RefusedError: as the names say.
    """
    wish, held, _ = await load_both(connection, claim_id)
    wish, ended = rules.release(wish, held, at=telling.at, late_hours=0)
    # Whoever has left is told nothing any more.
    happened = events.given_back(wish, ended, None, sealing(wish, telling), why="left")
    await save_both(connection, wish, ended, telling, *happened)


async def fulfil_claim(connection: AsyncConnection, claim_id: UUID, *, actor: Actor, telling: Telling) -> WishClaim:
    """Say that what was wished for is done, as its holder or as who organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish, held, subject = await load_both(connection, claim_id)
    if subject != actor.subject:
        actor.require_organiser(wish.area)
    wish, held = rules.fulfil(wish, held, at=telling.at)
    happened = events.fulfilled(wish, held, subject, sealing(wish, telling))
    return await save_both(connection, wish, held, telling, happened)


async def contact_of(
    connection: AsyncConnection, claim_id: UUID, *, cipher: ContactCipher | None, actor: Actor
) -> Contact | None:
    """Return whom to contact, to the holder of a confirmed claim and to who organises there; None without a contact.

    Raises:
        UnknownError: there is no such claim.
        NotAllowedError: it is not theirs to see, or not yet.
    """
    wish, held, subject = await load_both(connection, claim_id, lock=False)
    if subject != actor.subject:
        actor.require_organiser(wish.area)
    elif held.state is not ClaimState.CONFIRMED:
        raise NotAllowedError("The contact is shown while the claim is confirmed.")
    stored = await connection.scalar(select(wish_contacts.c.contact).where(wish_contacts.c.wish_id == wish.id))
    return None if stored is None or cipher is None else cipher.decrypt(wish.id, stored)


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
