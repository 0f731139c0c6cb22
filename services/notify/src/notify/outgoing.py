"""Planning what is told outside of the app: in the transaction that leaves the message in the inbox."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
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
from notify.tables import UTC, contacts, outgoing, quiet_hours

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


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a message is told to an address."""

    manner: Manner
    legal: bool
    quiet: QuietHours


async def plan_outside(
    connection: AsyncConnection,
    matter: Matter,
    told: Sequence[Told],
    *,
    rules: Rules,
    district: District,
    channels: Collection[str],
    wishes: Mapping[str, Sequence[Preference]] | None = None,
) -> None:
    """Note for each address of those who are told when it is sent what, or why not.

    ``wishes`` are those of the recipients, where they are known already.
    """
    if not channels or matter.at < matter.now - STALE:
        return
    owners = {owner: one for one in reversed(told) for owner in owners_of(one.recipient, district, matter.now)}
    addresses = await _addresses(connection, owners, channels, matter.now)
    if not addresses:
        return
    manners = await manners_of(connection, rules, matter.area, {one.template for one in told})
    known = set() if wishes is None else {one.recipient for one in told}
    others = await preferences_of(connection, {one.owner for one in addresses} - known)
    wishes, zone = {**(wishes or {}), **others}, district.zone_of(matter.area)
    rows = []
    for address in addresses:
        one = owners[address.owner]
        terms = Terms(manners[one.template], one.template in rules.legal, quiet_hours_of(address, rules, zone))
        its = _plan(matter, address, one, terms, wishes.get(address.owner, ()))
        rows.append(_row(matter, one, address, its, terms.manner))
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
    connection: AsyncConnection, owners: Collection[str], channels: Collection[str], now: datetime
) -> Sequence[AnyRow]:
    """Return the addresses of owners, with their quiet hours and how much went there one by one in a storm's window."""
    asked = {"owners": list(owners), "channels": list(channels), "at": now}
    return (await connection.execute(_ADDRESSES, asked)).all()


def _plan(matter: Matter, address: AnyRow, told: Told, terms: Terms, wishes: Sequence[Preference]) -> Plan:
    manner = terms.manner
    said = said_of(wishes, issue=matter.about, area=matter.area, event=matter.event, channel=address.channel)
    made = plan(
        now=matter.now,
        channel=address.channel,
        manner=manner,
        legal=terms.legal,
        said=said,
        quiet=terms.quiet,
        recent=address.urgent_recent if manner.urgent else address.recent,
        why_unusable=_why_unusable(address),
    )
    later = manner.escalate
    if made.reason is Reason.NOT_A_DEFAULT and told.message_id and later and later.channel == address.channel:
        at = undisturbed(matter.now + timedelta(minutes=later.after_min), terms.quiet, urgent=manner.urgent)
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


def _recent(window: timedelta, *, urgent: bool) -> ScalarSelect[int]:
    since = bindparam("at", type_=UTC) - window
    went = (outgoing.c.window_key.is_(None), outgoing.c.state != "skipped", outgoing.c.planned_at > since)
    its = select(func.count()).where(outgoing.c.contact_id == contacts.c.id, outgoing.c.urgent.is_(urgent), *went)
    return its.correlate(contacts).scalar_subquery()


# Made once: to make it takes longer than to ask it.
_ADDRESSES = (
    select(
        *(contacts.c[name] for name in ("id", "owner", "channel", "language", "unsubscribed_at", "suspended_at")),
        *(quiet_hours.c[name] for name in ("begins", "ends", "zone")),
        _recent(STORM_WINDOW, urgent=False).label("recent"),
        _recent(URGENT_STORM_WINDOW, urgent=True).label("urgent_recent"),
    )
    .join(quiet_hours, quiet_hours.c.owner == contacts.c.owner, isouter=True)
    .where(
        contacts.c.owner == any_(bindparam("owners", type_=ARRAY(Text))),
        contacts.c.channel == any_(bindparam("channels", type_=ARRAY(Text))),
        contacts.c.verified_at.is_not(None),
    )
    .order_by(contacts.c.id)
)
_PLAN = insert(outgoing).on_conflict_do_nothing()
