"""What can be done to duty reports: posts, slips, and who takes what."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts import EventData
from volunteer.domain import duty as rules
from volunteer.domain import post_events as events
from volunteer.domain.actor import Actor
from volunteer.domain.duty import Nomination, NominationState, Post, PostState
from volunteer.domain.faults import NotAllowedError, RefusedError, UnknownError
from volunteer.queries.rows import AnyRow
from volunteer.tables import idempotency_keys, nominations, posts, slips, volunteers
from volunteer.usecases.people import load
from volunteer.usecases.telling import Telling


async def open_post(
    connection: AsyncConnection, post: Post, *, actor: Actor, telling: Telling, key: IdempotencyKey | None
) -> Post:
    """Look for people for a post.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        ProblemError: the key came with another body before.
    """
    actor.require_organiser(post.area)
    first = await claim_key(connection, idempotency_keys, key, scope=f"post:{actor.subject}", resource_id=post.id)
    if first != post.id:
        return await load_post(connection, first)
    await connection.execute(insert(posts).values(asdict(post)))
    await telling.record(connection, events.opened(post), version=post.version)
    return post


async def close_post(connection: AsyncConnection, post_id: UUID, *, actor: Actor, telling: Telling) -> Post:
    """Look for nobody any more; who has taken the post keeps it.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    post = await load_post(connection, post_id, lock=True)
    actor.require_organiser(post.area)
    if post.state is PostState.CLOSED:
        return post
    post = rules.close(post)
    await _save_post(connection, post, telling, events.closed(post))
    return post


async def report_for_duty(
    connection: AsyncConnection, *, slip_id: UUID, employer: str, actor: Actor, at: datetime, key: IdempotencyKey | None
) -> AnyRow:
    """Make out the slip of somebody who reports where they live; both ends see it.

    Raises:
        UnknownError: they are no volunteer yet.
        RefusedError: they have reported there.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(connection, idempotency_keys, key, scope=f"slip:{actor.subject}", resource_id=slip_id)
    if first == slip_id:
        volunteer = await load(connection, volunteers.c.subject == actor.subject)
        row = {"id": slip_id, "volunteer_id": volunteer.id, "employer": employer, "area": volunteer.profile.area}
        added = upsert(slips).values(**row, reported_at=at).on_conflict_do_nothing().returning(slips.c.id)
        if (await connection.execute(added)).first() is None:
            raise RefusedError("already-reported", "They have reported there already.")
    return (await connection.execute(select(slips).where(slips.c.id == first))).one()


async def take_post(
    connection: AsyncConnection,
    post_id: UUID,
    *,
    nomination_id: UUID,
    actor: Actor,
    telling: Telling,
    key: IdempotencyKey | None,
) -> Nomination:
    """Let the actor take a post for themselves.

    Raises:
        UnknownError: there is no such post.
        NotAllowedError: they have made out no slip.
        RefusedError: they have it, or it is full, closed or over.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"nomination:{post_id}:{actor.subject}", resource_id=nomination_id
    )
    if first != nomination_id:
        return await _nomination(connection, first)
    post = await load_post(connection, post_id, lock=True)
    mine = select(slips.c.id).join(volunteers).where(volunteers.c.subject == actor.subject).order_by(slips.c.id.desc())
    slip_id = (await connection.execute(mine.limit(1))).scalar_one_or_none()
    if slip_id is None:
        raise NotAllowedError("Only who has reported for duty takes a post.")
    taken = (nominations.c.post_id == post_id) & (nominations.c.state != NominationState.WITHDRAWN)
    slips_of_actor = select(slips.c.id).join(volunteers).where(volunteers.c.subject == actor.subject)
    again = await connection.scalar(select(nominations.c.id).where(taken, nominations.c.slip_id.in_(slips_of_actor)))
    post = rules.take(post, at=telling.at, again=again is not None)
    nomination = Nomination(id=nomination_id, post_id=post_id, slip_id=slip_id, nominated_at=telling.at)
    await _save_post(connection, post, telling, events.taken(post, nomination_id, telling.seal(post.id, actor.subject)))
    await connection.execute(insert(nominations).values(asdict(nomination)))
    return nomination


async def give_back_post(
    connection: AsyncConnection, nomination_id: UUID, *, actor: Actor, telling: Telling
) -> Nomination:
    """Take back one's word.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: it was accepted or taken back before.
    """
    post, nomination, subject = await _both(connection, nomination_id)
    if subject != actor.subject:
        actor.require_organiser(post.area)
    return await _give_back(connection, post, nomination, subject, telling)


async def free_post(connection: AsyncConnection, nomination_id: UUID, *, telling: Telling) -> None:
    """Free the place of somebody who leaves.

    Raises:
        UnknownError: there is no such nomination.
        RefusedError: it was accepted or taken back before.
    """
    post, nomination, _ = await _both(connection, nomination_id)
    # Whoever has left is told nothing any more.
    await _give_back(connection, post, nomination, None, telling)


async def accept_service(
    connection: AsyncConnection,
    nomination_id: UUID,
    *,
    minutes: int,
    remark: str | None,
    actor: Actor,
    telling: Telling,
) -> Nomination:
    """Say that the service of a post was done.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError, FieldError: it cannot be said, or not so.
    """
    post, nomination, subject = await _both(connection, nomination_id)
    actor.require_organiser(post.area)
    by_holder = subject is not None and subject == actor.subject
    post, nomination = rules.accept(
        post, nomination, minutes=minutes, remark=remark, by=actor.subject, by_holder=by_holder, at=telling.at
    )
    happened = events.served(post, nomination.id, telling.seal(post.id, subject), minutes)
    await _save_post(connection, post, telling, happened)
    await _save_nomination(connection, nomination)
    return nomination


async def load_post(connection: AsyncConnection, post_id: UUID, *, lock: bool = False) -> Post:
    """Return a post.

    Raises:
        UnknownError: there is none.
    """
    query = select(posts).where(posts.c.id == post_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("post")
    return Post(**{**row._asdict(), "state": PostState(row.state)})


async def _both(connection: AsyncConnection, nomination_id: UUID) -> tuple[Post, Nomination, str | None]:
    """Return a nomination with its post, both locked, and the subject of whose it is."""
    post_id = await connection.scalar(select(nominations.c.post_id).where(nominations.c.id == nomination_id))
    if post_id is None:
        raise UnknownError("nomination")
    post = await load_post(connection, post_id, lock=True)
    nomination = await _nomination(connection, nomination_id)
    whose = select(volunteers.c.subject).join(slips).where(slips.c.id == nomination.slip_id)
    return post, nomination, await connection.scalar(whose)


async def _nomination(connection: AsyncConnection, nomination_id: UUID) -> Nomination:
    row = (await connection.execute(select(nominations).where(nominations.c.id == nomination_id))).one_or_none()
    if row is None:
        raise UnknownError("nomination")
    return Nomination(**{**row._asdict(), "state": NominationState(row.state)})


async def _give_back(
    connection: AsyncConnection, post: Post, nomination: Nomination, subject: str | None, telling: Telling
) -> Nomination:
    post, nomination = rules.give_back(post, nomination)
    happened = events.given_back(post, nomination.id, telling.seal(post.id, subject))
    await _save_post(connection, post, telling, happened)
    await _save_nomination(connection, nomination)
    return nomination


async def _save_post(connection: AsyncConnection, post: Post, telling: Telling, happened: EventData) -> None:
    changed: dict[str, Any] = asdict(post)
    await connection.execute(update(posts).where(posts.c.id == changed.pop("id")).values(changed))
    await telling.record(connection, happened, version=post.version)


async def _save_nomination(connection: AsyncConnection, nomination: Nomination) -> None:
    changed: dict[str, Any] = asdict(nomination)
    await connection.execute(update(nominations).where(nominations.c.id == changed.pop("id")).values(changed))
