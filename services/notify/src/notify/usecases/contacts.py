"""What people do about their addresses: each function within the caller's transaction."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cipher import UnreadableError
from linli.chassis.idempotency import IdempotencyKey, claim_key
from notify.channels.port import Channel
from notify.contact_secrets import ContactSecrets, new_nonce
from notify.domain.limits import Limit
from notify.domain.rules import CODE
from notify.paces import take
from notify.queries import AnyRow
from notify.tables import contacts, idempotency_keys, outgoing, preferences, quiet_hours, team_members, untold

MOST_CONTACTS = 10
"""How many addresses somebody may have."""

VALID = timedelta(minutes=15)
"""How long a code proves anything."""

MOST_ATTEMPTS = 5
"""How often a code may be mistaken; then another has to be sent."""

CODES = Limit(3, timedelta(hours=1))
"""How many codes an address is sent, whoever asks: nobody is bothered by what others give as theirs."""

CODES_EACH = Limit(20, timedelta(days=1))
"""How many codes somebody has sent, to whatever addresses: nobody sends messages to many in this way."""

Proof = Literal["verified", "wrong", "expired", "used-up"]


class UnknownContactError(Exception):
    """A contact is not there, or somebody else's."""


class UnknownChannelError(Exception):
    """The deployment is not connected to such a channel; ``known`` are those that there are."""

    def __init__(self, known: list[str]) -> None:
        super().__init__("no such channel")
        self.known = known


class TooManyContactsError(Exception):
    """Somebody has as many addresses as they may."""


class TooManyCodesError(Exception):
    """An address was sent as many codes as it may be for now; ``wait`` says for how long."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many codes")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Reach:
    """By what people can be reached, and what keeps their addresses secret."""

    channels: Mapping[str, Channel]
    secrets: ContactSecrets

    def channel(self, name: str) -> Channel:
        """Return a channel.

        Raises:
            UnknownChannelError: it is not there.
        """
        if name not in self.channels:
            raise UnknownChannelError(sorted(self.channels))
        return self.channels[name]

    def masked(self, channel: str, contact_id: UUID, stored: bytes) -> str:
        """Return as much of a stored address as its owner needs to know it again; none where it cannot be read."""
        try:
            address = self.secrets.decrypt(contact_id, stored)
        except UnreadableError:
            return "…"
        return self.channels[channel].masked(address) if channel in self.channels else "…"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is asked, and where new ids come from."""

    now: datetime
    new_id: Callable[[], UUID]


async def add_contact(
    connection: AsyncConnection,
    reach: Reach,
    owner: str,
    channel: str,
    address: str,
    *,
    language: str,
    moment: Moment,
    by: str,
    key: IdempotencyKey | None,
) -> UUID:
    """Add an address and send a code there; one that is there already and verified stays as it is.

    With an idempotency key that ``by`` sent before, nothing is added and no code sent: the address of then is returned.

    Raises:
        AddressError: it is no address of the channel.
        UnknownContactError: it was added under this key before, and is no more.
        ProblemError: the key came with another body before.
        ContactsOffError, TooManyCodesError, TooManyContactsError, UnknownChannelError: as they say.
    """
    normal = reach.channel(channel).normal(address)
    which = moment.new_id()
    fingerprint = reach.secrets.fingerprint(channel, normal)
    seen = key and reach.secrets.keyed(key)
    first = await claim_key(connection, idempotency_keys, seen, scope=f"contact:{by}", resource_id=which)
    if first != which:
        return await _added(connection, owner, channel, fingerprint)
    row = {
        "id": which,
        "owner": owner,
        "channel": channel,
        "address": reach.secrets.encrypt(which, normal),
        "fingerprint": fingerprint,
        "language": language,
        "created_at": moment.now,
        "code_attempts": 0,
    }
    contact = (await connection.execute(_ADD, row)).one()
    held = select(func.count()).where(contacts.c.owner == owner)
    if (await connection.scalar(held) or 0) > MOST_CONTACTS:
        raise TooManyContactsError
    if contact.verified_at is None or contact.suspended_at is not None or contact.unsubscribed_at is not None:
        await _send_code(connection, contact, moment)
    found: UUID = contact.id
    return found


async def send_code(connection: AsyncConnection, owner: str, contact_id: UUID, moment: Moment) -> None:
    """Send another code to an address, which those before it give way to.

    Raises:
        TooManyCodesError: as it says.
        UnknownContactError: it is not theirs.
    """
    await _send_code(connection, await _theirs(connection, owner, contact_id), moment)


async def verify(
    connection: AsyncConnection, reach: Reach, owner: str, contact_id: UUID, code: str, now: datetime
) -> Proof:
    """Take a code as proof that the owner reads what comes to an address; from then on it is used.

    What proves nothing is counted, so the transaction has to be committed all the same.

    Raises:
        ContactsOffError: as it says.
        UnknownContactError: it is not theirs.
    """
    contact = await _theirs(connection, owner, contact_id)
    if contact.code_sent_at is None or contact.code_sent_at < now - VALID:
        return "expired"
    if contact.code_attempts >= MOST_ATTEMPTS:
        return "used-up"
    right = hmac.compare_digest(reach.secrets.code(contact_id, contact.code_nonce), code)
    proven = {
        "verified_at": now,
        "unsubscribed_at": None,
        "suspended_at": None,
        "suspended_reason": None,
        "code_sent_at": None,
        "code_nonce": None,
    }
    noted = proven if right else {"code_attempts": contacts.c.code_attempts + 1}
    await connection.execute(update(contacts).where(contacts.c.id == contact_id).values(noted))
    return "verified" if right else "wrong"


async def remove_contact(connection: AsyncConnection, owner: str, contact_id: UUID) -> None:
    """Forget an address; what waits for it is not sent.

    Raises:
        UnknownContactError: it is not theirs.
    """
    its = (contacts.c.id == contact_id, contacts.c.owner == owner)
    if not (await connection.execute(delete(contacts).where(*its))).rowcount:
        raise UnknownContactError


async def unsubscribe(connection: AsyncConnection, contact_id: UUID, now: datetime) -> None:
    """Send nothing more to an address until its owner proves anew that they want it; as often as it is asked."""
    its = update(contacts).where(contacts.c.id == contact_id, contacts.c.unsubscribed_at.is_(None))
    await connection.execute(its.values(unsubscribed_at=now))


async def keep_quiet(connection: AsyncConnection, owner: str, begins: time, ends: time, zone: str | None) -> None:
    """Do not disturb somebody in these hours, in place of those before."""
    said = {"begins": begins.replace(tzinfo=None), "ends": ends.replace(tzinfo=None), "zone": zone}
    new = upsert(quiet_hours).values(owner=owner, **said)
    await connection.execute(new.on_conflict_do_update(index_elements=[quiet_hours.c.owner], set_=said))


async def forget(connection: AsyncConnection, owner: str) -> None:
    """Erase somebody's addresses, wishes and teams, and the log of what was sent there; the inbox stays."""
    for table in (contacts, quiet_hours, outgoing):
        await connection.execute(delete(table).where(table.c.owner == owner))
    for table in (preferences, untold):
        await connection.execute(delete(table).where(table.c.recipient == owner))
    await connection.execute(update(team_members).where(team_members.c.recipient == owner).values(recipient=None))


_NEW = upsert(contacts)
_ADD = _NEW.on_conflict_do_update(
    index_elements=[contacts.c.owner, contacts.c.channel, contacts.c.fingerprint],
    set_={"language": _NEW.excluded.language},
).returning(contacts)
"""Keeps an address that is there already, and notes the language that it was last added in."""


async def _added(connection: AsyncConnection, owner: str, channel: str, fingerprint: bytes) -> UUID:
    # Not by the id that belongs to the key: the address may have been there before, under another.
    its = (contacts.c.owner == owner, contacts.c.channel == channel, contacts.c.fingerprint == fingerprint)
    found: UUID | None = await connection.scalar(select(contacts.c.id).where(*its))
    if found is None:
        raise UnknownContactError
    return found


async def _send_code(connection: AsyncConnection, contact: AnyRow, moment: Moment) -> None:
    now = moment.now
    limits = {f"code/{contact.fingerprint.hex()}": CODES, f"codes/{contact.owner}": CODES_EACH}
    free = await take(connection, limits, now)
    if free > now:
        raise TooManyCodesError(free - now)
    new = {"code_nonce": new_nonce(), "code_sent_at": now, "code_attempts": 0}
    await connection.execute(update(contacts).where(contacts.c.id == contact.id).values(new))
    row = {
        "id": moment.new_id(),
        "channel": contact.channel,
        "recipient": contact.owner,
        "owner": contact.owner,
        "contact_id": contact.id,
        "template": CODE,
        "params": {"minutes": int(VALID.total_seconds()) // 60},
        "language": contact.language,
        "urgent": True,
        "state": "waiting",
        "attempts": 0,
        "planned_at": now,
        "not_before": now,
        "next_attempt_at": now,
    }
    await connection.execute(insert(outgoing).values(row))


async def _theirs(connection: AsyncConnection, owner: str, contact_id: UUID) -> AnyRow:
    query = select(contacts).where(contacts.c.id == contact_id, contacts.c.owner == owner).with_for_update()
    contact = (await connection.execute(query)).one_or_none()
    if contact is None:
        raise UnknownContactError
    return contact
