"""Letting departments in to the bus and out again: one function per command.

What is going to be on the broker is noted before, so that no account stays there that nobody knows of, and no
transaction is open while the broker is asked.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.chassis.database import connected
from linli.chassis.idempotency import IdempotencyKey, claim_key, earlier
from linli.messaging.provisioning import (
    Account,
    Accounts,
    commands_to_end,
    commands_to_make,
    new_account,
    open_accounts,
)
from linli.messaging.refusal import BusError, vhost_of
from linli.messaging.worker import describe
from notify import queries
from notify.queries import AnyRow
from notify.tables import credentials, idempotency_keys

UNFINISHED = timedelta(minutes=5)
"""When an account expires whose making was cut short: longer than that ever takes."""

LOCK = 0x0C1ED
"""Advisory lock, one for each department, under which credentials are given: each rotation sees the ones before."""

log = structlog.get_logger()


class UnknownDepartmentError(Exception):
    """The district has no such department."""


class UnknownCredentialError(Exception):
    """The department has no such credential."""


class NothingToRotateError(Exception):
    """The department is not let in: it has no credential that a new one could replace."""


class EndedMeanwhileError(Exception):
    """The new credential expired before it could be given: its making took too long."""


class ByHandError(Exception):
    """The broker's accounts cannot be changed from here; says why, and which commands an operator types instead.

    ``afterwards`` is for when the department uses its new account.
    """

    def __init__(self, reason: str, steps: Sequence[str], afterwards: Sequence[str]) -> None:
        super().__init__(reason)
        self.steps = steps
        self.afterwards = afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What letting in works with: where it is noted, who may be let in, and the broker; ``bus`` None is embedded."""

    engine: AsyncEngine
    departments: frozenset[str]
    bus: str | None = field(repr=False)
    management_url: str | None = field(repr=False)
    now: Callable[[], datetime]

    def accounts(self) -> AbstractAsyncContextManager[Accounts]:
        """Open the accounts of the broker."""
        return open_accounts(self.bus, management_url=self.management_url)

    @property
    def vhost(self) -> str:
        """The virtual host that departments are let in to."""
        return vhost_of(self.bus or "")

    def url_pattern(self, username: str) -> str:
        """Return the URL of the bus for an account, to be filled in: departments may reach it at another address."""
        bus = urlsplit(self.bus or "amqp:")
        return f"{bus.scheme}://{username}:{{password}}@{{host}}:{{port}}{bus.path or '/'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's wish for a credential of a department; with ``overlap`` the present ones expire that much later."""

    credential_id: UUID
    department: str
    by: str
    overlap: timedelta | None = None
    key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A credential, with its password if it was made just now: it is stored nowhere."""

    row: AnyRow
    password: str | None = field(repr=False)


async def let_in(admission: Admission, wish: Wish) -> Given:
    """Make an account for a department; with an idempotency key that was seen before, return the credential of then.

    Raises:
        UnknownDepartmentError, NothingToRotateError, EndedMeanwhileError: as the names say.
        ByHandError: the broker cannot be changed; whatever was begun expires by itself.
        ProblemError: the key came with another body before.
    """
    if wish.department not in admission.departments:
        raise UnknownDepartmentError
    async with connected(admission.engine) as connection:
        first = await earlier(connection, idempotency_keys, wish.key, scope=_scope(wish)) if wish.key else None
        if first is not None:
            return Given(await _load(connection, first), None)
        living = await _living(admission, connection, wish.department)
    if wish.overlap is not None and not living:
        raise NothingToRotateError
    account = new_account(wish.department)
    with _else_by_hand(*_steps(admission, wish, living)):
        async with admission.accounts() as accounts:
            await _note(admission, wish, account)
            await accounts.make(account)
    async with connected(admission.engine) as connection, connection.begin():
        row = await _give(admission, connection, wish)
    if row.username != account.username:
        return Given(row, None)
    log.info("credential given", department=wish.department, username=account.username, by=wish.by)
    if wish.overlap == timedelta(0):
        await end_due(admission, department=wish.department)
    return Given(row, account.password)


async def revoke(admission: Admission, department: str, credential_id: UUID, *, by: str) -> None:
    """End a credential now: its account is deleted and cut off; one that has ended already is fine.

    Raises:
        UnknownCredentialError: the department has none of that id.
        ByHandError: the broker cannot be changed; where that failed half-way, it is tried again until it is done.
    """
    async with connected(admission.engine) as connection:
        row = await _load(connection, credential_id)
    if row.department != department:
        raise UnknownCredentialError
    if row.revoked_at is not None:
        return
    with _else_by_hand(commands_to_end(row.username)):
        async with admission.accounts() as accounts:
            await _expire(admission, credential_id)
            await _end(admission, accounts, row)
    log.info("credential revoked", department=department, username=row.username, by=by)


async def end_due(admission: Admission, *, department: str | None = None) -> int:
    """End what has expired, of one department or of all, and return how much of it could not be ended.

    Several processes at once do no harm: what is ended twice is ended.
    """
    async with connected(admission.engine) as connection:
        due = await queries.due_credentials(connection, at=admission.now(), department=department)
    if not due:
        return 0
    try:
        async with admission.accounts() as accounts:
            return len(due) - sum([await _ended(admission, accounts, row) for row in due])
    except BusError as error:
        log.warning("credentials could not be ended", count=len(due), error=describe(error))
        return len(due)


async def _ended(admission: Admission, accounts: Accounts, row: AnyRow) -> bool:
    try:
        await _end(admission, accounts, row)
    except BusError as error:
        log.warning("credential could not be ended", username=row.username, error=describe(error))
        return False
    return True


async def _end(admission: Admission, accounts: Accounts, row: AnyRow) -> None:
    await accounts.end(row.username)
    ended = update(credentials).where(credentials.c.id == row.id, credentials.c.revoked_at.is_(None))
    async with connected(admission.engine) as connection, connection.begin():
        await connection.execute(ended.values(revoked_at=admission.now()))
    log.info("credential ended", department=row.department, username=row.username)


async def _expire(admission: Admission, credential_id: UUID) -> None:
    expired = update(credentials).where(credentials.c.id == credential_id)
    async with connected(admission.engine) as connection, connection.begin():
        # The lesser of a time and of none is the time.
        earliest = func.least(credentials.c.expires_at, admission.now())
        await connection.execute(expired.values(expires_at=earliest))


async def _note(admission: Admission, wish: Wish, account: Account) -> None:
    now = admission.now()
    row = {
        "id": wish.credential_id,
        "department": wish.department,
        "username": account.username,
        "created_at": now,
        "created_by": wish.by,
        "expires_at": now + UNFINISHED,
    }
    async with connected(admission.engine) as connection, connection.begin():
        await connection.execute(insert(credentials).values(row))


async def _give(admission: Admission, connection: AsyncConnection, wish: Wish) -> AnyRow:
    """Let the new account stay and, where it replaces others, those expire; return its credential.

    That is another one where a request with the same key was quicker: then the new account is left to expire.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(wish.department))))
    scope = _scope(wish)
    first = await claim_key(connection, idempotency_keys, wish.key, scope=scope, resource_id=wish.credential_id)
    if first != wish.credential_id:
        return await _load(connection, first)
    if wish.overlap is not None:
        await _replace(admission, connection, wish.department, wish.overlap)
    now = admission.now()
    made = update(credentials).where(credentials.c.id == wish.credential_id, credentials.c.expires_at > now)
    given = made.values(given_at=now, expires_at=None).returning(credentials)
    row: AnyRow | None = (await connection.execute(given)).one_or_none()
    if row is None:
        raise EndedMeanwhileError
    return row


async def _replace(admission: Admission, connection: AsyncConnection, department: str, overlap: timedelta) -> None:
    replaced = [one.id for one in await _living(admission, connection, department)]
    if not replaced:
        raise NothingToRotateError
    until = func.least(credentials.c.expires_at, admission.now() + overlap)
    await connection.execute(update(credentials).where(credentials.c.id.in_(replaced)).values(expires_at=until))


async def _living(admission: Admission, connection: AsyncConnection, department: str) -> Sequence[AnyRow]:
    """Return what a department has been given and can still use."""
    query = (
        select(credentials)
        .where(credentials.c.department == department, credentials.c.given_at.is_not(None))
        .where(credentials.c.revoked_at.is_(None))
        .where(or_(credentials.c.expires_at.is_(None), credentials.c.expires_at > admission.now()))
    )
    return (await connection.execute(query.order_by(credentials.c.id))).all()


async def _load(connection: AsyncConnection, credential_id: UUID) -> AnyRow:
    row = await queries.credential_by_id(connection, credential_id)
    if row is None:
        raise UnknownCredentialError
    return row


def _scope(wish: Wish) -> str:
    command = "let-in" if wish.overlap is None else "rotate"
    return f"{command}:{wish.department}:{wish.by}"


def _steps(admission: Admission, wish: Wish, living: Sequence[AnyRow]) -> tuple[list[str], list[str]]:
    # A name of its own: one that is noted here would expire.
    username = new_account(wish.department).username
    steps = commands_to_make(wish.department, username, vhost=admission.vhost)
    replaced = [] if wish.overlap is None else living
    return steps, [command for one in replaced for command in commands_to_end(one.username)]


@contextmanager
def _else_by_hand(steps: Sequence[str], afterwards: Sequence[str] = ()) -> Iterator[None]:
    try:
        yield
    except BusError as error:
        raise ByHandError(str(error), steps, afterwards) from error
