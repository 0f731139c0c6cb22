"""What can be done to volunteers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain.actor import Actor
from volunteer.domain.availability import Availability
from volunteer.domain.faults import NotAllowedError, RefusedError, StaleError, UnknownError
from volunteer.domain.people import Profile, Volunteer, new_number
from volunteer.tables import idempotency_keys, qualifications, volunteers

AVAILABILITY = TypeAdapter(Availability)
"""Availability as JSON."""


async def register(
    connection: AsyncConnection,
    profile: Profile,
    *,
    volunteer_id: UUID,
    subject: str | None,
    actor: Actor,
    at: datetime,
    key: IdempotencyKey | None,
) -> Volunteer:
    """Take in a volunteer: ``subject`` is the actor's own, or None when they register somebody who has no account.

    Raises:
        RefusedError: the subject is registered already.
        FieldError: something told cannot be.
        NotAllowedError: the actor does not organise where the other lives.
        ProblemError: the key came with another body before.
    """
    profile.check(at.date())
    if subject is None:
        actor.require_organiser(profile.area)
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"volunteer:{actor.subject}", resource_id=volunteer_id
    )
    if first != volunteer_id:
        return await load(connection, volunteers.c.id == first)
    volunteer = Volunteer(
        id=volunteer_id,
        subject=subject,
        number=new_number(),
        profile=profile,
        guardian=None,
        consented_at=at if profile.consents else None,
        registered_at=at,
        version=1,
    )
    added = upsert(volunteers).values(_columns(volunteer)).on_conflict_do_nothing(index_elements=["subject"])
    if (await connection.execute(added.returning(volunteers.c.id))).first() is None:
        raise RefusedError("already-registered", "The caller is registered already.")
    return volunteer


async def change(
    connection: AsyncConnection,
    volunteer_id: UUID,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    versions: frozenset[int] | None,
) -> Volunteer:
    """Change what a volunteer tells; only they themselves give their consent anew.

    Raises:
        UnknownError, NotAllowedError, StaleError: as the names say.
        FieldError: something told cannot be.
    """
    before = await load_own(connection, volunteer_id, actor, versions)
    profile = replace(before.profile, **changes)
    if profile == before.profile:
        return before
    profile.check(at.date())
    if profile.area != before.profile.area and before.subject != actor.subject:
        actor.require_organiser(profile.area)
    consented_at = before.consented_at
    if profile.consents != before.profile.consents:
        if profile.consents and before.subject is not None and before.subject != actor.subject:
            raise NotAllowedError("Only the volunteer gives their consent.")
        consented_at = at if profile.consents else None
    return await _save(connection, replace(before, profile=profile, consented_at=consented_at))


async def name_guardian(
    connection: AsyncConnection,
    volunteer_id: UUID,
    guardian: str | None,
    *,
    actor: Actor,
    versions: frozenset[int] | None,
) -> Volunteer:
    """Note who is responsible for a minor and has agreed, or with None that nobody is.

    Raises:
        UnknownError, NotAllowedError, StaleError: as the names say; nobody names their own.
    """
    before = await load_own(connection, volunteer_id, actor, versions)
    _require_other(before, actor)
    return await _save(connection, replace(before, guardian=guardian))


async def note_qualification(
    connection: AsyncConnection, volunteer_id: UUID, code: str, expires_on: date | None, *, actor: Actor, at: datetime
) -> None:
    """Note that somebody who organises has seen the paper of a qualification.

    Raises:
        UnknownError, NotAllowedError: as the names say; nobody notes their own.
    """
    _require_other(await load_own(connection, volunteer_id, actor, None), actor)
    row = {"expires_on": expires_on, "checked_by": actor.subject, "checked_at": at}
    noted = upsert(qualifications).values(volunteer_id=volunteer_id, code=code, **row)
    await connection.execute(noted.on_conflict_do_update(index_elements=["volunteer_id", "code"], set_=row))


async def strike_qualification(connection: AsyncConnection, volunteer_id: UUID, code: str, *, actor: Actor) -> None:
    """Take a qualification away; one that is not there stays away.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    await load_own(connection, volunteer_id, actor, None)
    mine = (qualifications.c.volunteer_id == volunteer_id) & (qualifications.c.code == code)
    await connection.execute(delete(qualifications).where(mine))


async def load_own(
    connection: AsyncConnection, volunteer_id: UUID, actor: Actor, versions: frozenset[int] | None
) -> Volunteer:
    """Return a volunteer, locked, whom the actor is or organises.

    Raises:
        UnknownError, NotAllowedError, StaleError: as the names say.
    """
    volunteer = await load_seen(connection, volunteer_id, actor, lock=True)
    if versions is not None and volunteer.version not in versions:
        raise StaleError(volunteer.version)
    return volunteer


async def load_seen(connection: AsyncConnection, volunteer_id: UUID, actor: Actor, *, lock: bool = False) -> Volunteer:
    """Return a volunteer whom the actor is or organises.

    Raises:
        UnknownError: there is none; to somebody who does not organise, whoever is not themselves is unknown.
        NotAllowedError: the actor organises elsewhere.
    """
    volunteer = await load(connection, volunteers.c.id == volunteer_id, lock=lock)
    if volunteer.subject is None or volunteer.subject != actor.subject:
        if actor.areas == ():
            raise UnknownError("volunteer")
        actor.require_organiser(volunteer.profile.area)
    return volunteer


async def load(connection: AsyncConnection, which: ColumnElement[bool], *, lock: bool = False) -> Volunteer:
    """Return a volunteer.

    Raises:
        UnknownError: there is none.
    """
    query = select(volunteers).where(which)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("volunteer")
    return volunteer_of(row._asdict())


def volunteer_of(row: Mapping[str, Any]) -> Volunteer:
    """Return the volunteer of a row."""
    profile = Profile(
        name=row["name"],
        area=row["area"],
        radius_m=row["radius_m"],
        skills=tuple(row["skills"]),
        languages=tuple(row["languages"]),
        availability=AVAILABILITY.validate_python(row["availability"]),
        minutes_a_month=row["minutes_a_month"],
        born=row["born"],
        consents=row["consents"],
    )
    own = ("id", "subject", "number", "guardian", "consented_at", "registered_at", "version")
    return Volunteer(profile=profile, **{name: row[name] for name in own})


def _require_other(volunteer: Volunteer, actor: Actor) -> None:
    if volunteer.subject == actor.subject:
        raise NotAllowedError("Nobody notes this for themselves.")


async def _save(connection: AsyncConnection, volunteer: Volunteer) -> Volunteer:
    saved = replace(volunteer, version=volunteer.version + 1)
    changed = update(volunteers).where(volunteers.c.id == volunteer.id).values(_columns(saved))
    await connection.execute(changed)
    return saved


def _columns(volunteer: Volunteer) -> dict[str, Any]:
    own = {name: getattr(volunteer, name) for name in Volunteer.__slots__ if name != "profile"}
    told = {name: getattr(volunteer.profile, name) for name in Profile.__slots__}
    lists = {name: list(told[name]) for name in ("skills", "languages")}
    return {**own, **told, **lists, "availability": AVAILABILITY.dump_python(told["availability"], mode="json")}
