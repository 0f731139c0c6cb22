"""Planning what is told outside of the app: in the transaction that leaves the message in the inbox."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district import District
from notify.domain.frequencies import STORM_WINDOW, URGENT_STORM_WINDOW
from notify.domain.manners import Manner
from notify.domain.planning import Plan, Reason, plan
from notify.domain.preferences import Preference, said_of
from notify.domain.quiet_hours import QuietHours, undisturbed
from notify.domain.rules import Rules
from notify.manners import manners_of
from notify.queries import AnyRow, preferences_of
from notify.quiet import quiet_hours_of
from notify.tables import contacts, outgoing

STALE = timedelta(days=2)
"""What happened so long ago is left in the inbox and told nowhere else: somebody caught up, or history was replayed."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message that a rule names; ``message_id`` is the one in the inbox, if it was left there."""

    recipient: str
    template: str
    message_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is told: by which event (its id and type, of a notice to many its own), when it happened, and what of.

    ``about`` is what preferences name: an issue, or what else the event is of.
    """

    event_id: UUID
    event: str
    area: str
    params: Mapping[str, Any]
    at: datetime
    now: datetime
    new_id: Callable[[], UUID]
    issue_id: UUID | None = None
    about: UUID | None = None


async def plan_outside(
    connection: AsyncConnection,
    matter: Matter,
    told: Sequence[Told],
    *,
    rules: Rules,
    district: District,
    channels: Collection[str],
) -> None:
    """Note for each address of those who are told when it is sent what, or why not."""
    if not channels or matter.at < matter.now - STALE:
        return
    owners = {owner: one for one in reversed(told) for owner in owners_of(one.recipient, district, matter.now)}
    addresses = await _addresses(connection, owners, channels)
    if not addresses:
        return
    area = matter.area
    manners = await manners_of(connection, rules, area, {one.template for one in told})
    wishes = await preferences_of(connection, {one.owner for one in addresses})
    quiet = await quiet_hours_of(connection, {one.owner for one in addresses}, rules, district.zone_of(area))
    recent = await _recent(connection, [one.id for one in addresses], matter.now)
    rows = [
        _row(matter, owners[one.owner], one, its, manners[owners[one.owner].template])
        for one in addresses
        for its in [
            _plan(matter, one, owners[one.owner], manners, rules, wishes.get(one.owner, ()), quiet[one.owner], recent)
        ]
    ]
    await connection.execute(_PLAN, rows)


def owners_of(recipient: str, district: District, now: datetime) -> Iterator[str]:
    """Yield whose addresses a recipient is reached at: their own and, of a post, those of who is on duty now."""
    yield recipient
    unit = district.units.get(recipient.removeprefix("post:")) if recipient.startswith("post:") else None
    if unit is None:
        return
    local = now.astimezone(district.zone_of(unit.path))
    present = [one for one in unit.persons if one.is_on_duty(local)]
    # Out of hours nobody may be: then it waits for whoever holds the post, as their quiet hours say.
    for one in present or unit.persons[:1]:
        yield f"person:{one.id}"


async def _addresses(
    connection: AsyncConnection, owners: Collection[str], channels: Collection[str]
) -> Sequence[AnyRow]:
    query = select(
        contacts.c.id,
        contacts.c.owner,
        contacts.c.channel,
        contacts.c.language,
        contacts.c.unsubscribed_at,
        contacts.c.suspended_at,
    ).where(contacts.c.owner.in_(owners), contacts.c.channel.in_(channels), contacts.c.verified_at.is_not(None))
    return (await connection.execute(query.order_by(contacts.c.id))).all()


async def _recent(connection: AsyncConnection, which: Sequence[UUID], now: datetime) -> Mapping[tuple[UUID, bool], int]:
    """Return how many messages of each urgency went to addresses one by one within the window of a storm."""
    began = outgoing.c.planned_at > now - STORM_WINDOW
    urgently = outgoing.c.urgent & (outgoing.c.planned_at > now - URGENT_STORM_WINDOW)
    query = (
        select(outgoing.c.contact_id, outgoing.c.urgent, func.count())
        .where(outgoing.c.contact_id.in_(which), outgoing.c.window_key.is_(None), began, ~outgoing.c.urgent | urgently)
        .where(outgoing.c.state != "skipped")
        .group_by(outgoing.c.contact_id, outgoing.c.urgent)
    )
    return {(row[0], row[1]): row[2] for row in (await connection.execute(query)).all()}


def _plan(
    matter: Matter,
    address: AnyRow,
    told: Told,
    manners: Mapping[str, Manner],
    rules: Rules,
    wishes: Sequence[Preference],
    quiet: QuietHours,
    recent: Mapping[tuple[UUID, bool], int],
) -> Plan:
    manner = manners[told.template]
    said = said_of(wishes, issue=matter.about, area=matter.area, event=matter.event, channel=address.channel)
    made = plan(
        now=matter.now,
        channel=address.channel,
        manner=manner,
        legal=told.template in rules.legal,
        said=said,
        quiet=quiet,
        recent=recent.get((address.id, manner.urgent), 0),
        why_unusable=_why_unusable(address),
    )
    later = manner.escalate
    if made.reason is Reason.NOT_A_DEFAULT and told.message_id and later and later.channel == address.channel:
        at = undisturbed(matter.now + timedelta(minutes=later.after_min), quiet, urgent=manner.urgent)
        return Plan(at, Reason.IF_UNREAD)
    return made


def _why_unusable(address: AnyRow) -> Reason | None:
    if address.suspended_at is not None:
        return Reason.BAD_ADDRESS
    return Reason.UNSUBSCRIBED if address.unsubscribed_at is not None else None


def _row(matter: Matter, told: Told, address: AnyRow, its: Plan, manner: Manner) -> dict[str, Any]:
    state = "skipped" if its.skipped else "waiting" if its.window is None else "gathering"
    return {
        "id": matter.new_id(),
        "channel": address.channel,
        "recipient": told.recipient,
        "owner": address.owner,
        "contact_id": address.id,
        "event_id": matter.event_id,
        "issue_id": matter.issue_id,
        "area": matter.area,
        "template": told.template,
        "params": matter.params,
        "language": address.language,
        "urgent": manner.urgent,
        "state": state,
        "reason": its.reason,
        "attempts": 0,
        "planned_at": matter.now,
        "not_before": its.not_before,
        "next_attempt_at": its.not_before if state == "waiting" else None,
        "settled_at": matter.now if its.skipped else None,
        "window_key": its.window and its.window.key,
        "window_ends": its.window and its.window.ends,
        "unless_read": told.message_id if its.reason is Reason.IF_UNREAD else None,
    }


_PLAN = insert(outgoing).on_conflict_do_nothing()
