"""What can be done to wishes: each loads a wish, locks and changes it, and records what happened."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain import wish_events as events
from volunteer.domain import wishes as rules
from volunteer.domain.actor import Actor
from volunteer.domain.faults import RefusedError, StaleError
from volunteer.domain.wishes import HELD, ClaimState, Wish
from volunteer.tables import idempotency_keys, volunteers, wish_claims, wish_contacts
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_store import add_wish, holders_of, load_wish, save_wish, sealing

Versions = frozenset[int] | None
"""The versions that the caller has seen, None where any will do."""


async def submit_wish(
    connection: AsyncConnection,
    wish: Wish,
    contact: Contact | None,
    *,
    cipher: ContactCipher | None,
    actor: Actor,
    telling: Telling,
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
    await add_wish(connection, wish)
    if contact is not None:
        if cipher is None:
            raise RefusedError("no-contacts", "This service keeps no contacts: it was given no key.")
        stored = {"wish_id": wish.id, "contact": cipher.encrypt(wish.id, contact)}
        await connection.execute(insert(wish_contacts).values(stored))
    await telling.record(connection, events.submitted(wish, sealing(wish, telling)), version=wish.version)
    return wish


async def verify_wish(
    connection: AsyncConnection, wish_id: UUID, *, actor: Actor, telling: Telling, versions: Versions
) -> Wish:
    """Note that somebody has looked at a wish.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    wish = rules.verify(wish, by=actor.subject)
    return await save_wish(connection, wish, telling, events.verified(wish, sealing(wish, telling)))


async def decline_wish(
    connection: AsyncConnection, wish_id: UUID, reason: str, *, actor: Actor, telling: Telling, versions: Versions
) -> Wish:
    """Do not publish a wish.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    wish = rules.decline(wish, reason)
    return await save_wish(connection, wish, telling, events.declined(wish, sealing(wish, telling)))


async def publish_wish(
    connection: AsyncConnection, wish_id: UUID, *, actor: Actor, telling: Telling, versions: Versions
) -> Wish:
    """Show a wish to everybody.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = await _organised(connection, wish_id, actor, versions)
    wish = rules.publish(wish, at=telling.at)
    return await save_wish(connection, wish, telling, events.published(wish, sealing(wish, telling)))


async def withdraw_wish(
    connection: AsyncConnection,
    wish_id: UUID,
    reason: str | None,
    *,
    actor: Actor,
    telling: Telling,
    versions: Versions,
) -> Wish:
    """Take a wish back, as who submitted it or organises there; whoever holds it is free, and no worse for it.

    Raises:
        UnknownError, NotAllowedError, StaleError, RefusedError: as the names say.
    """
    wish = rules.withdraw(await _owned(connection, wish_id, actor, versions), reason)
    holders = await holders_of(connection, wish_id, *HELD)
    ended = {"state": ClaimState.RELEASED, "ended_at": telling.at}
    held = (wish_claims.c.wish_id == wish_id) & wish_claims.c.state.in_(HELD)
    await connection.execute(update(wish_claims).where(held).values(ended))
    return await save_wish(connection, wish, telling, events.withdrawn(wish, holders, sealing(wish, telling)))


async def thank_for_wish(
    connection: AsyncConnection, wish_id: UUID, thanks: str | None, *, actor: Actor, telling: Telling
) -> Wish:
    """Confirm that a wish was fulfilled and thank, as who submitted it or organises there.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    wish = await _owned(connection, wish_id, actor, None)
    mine = select(wish_claims.c.id).join(volunteers).where(volunteers.c.subject == actor.subject)
    mine = mine.where(wish_claims.c.wish_id == wish_id, wish_claims.c.state == ClaimState.FULFILLED)
    held_by_actor = await connection.scalar(mine.limit(1)) is not None
    wish = rules.thank(wish, thanks, held_by_actor=held_by_actor)
    holders = await holders_of(connection, wish_id, ClaimState.FULFILLED)
    return await save_wish(connection, wish, telling, events.thanked(wish, holders, sealing(wish, telling)))


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
