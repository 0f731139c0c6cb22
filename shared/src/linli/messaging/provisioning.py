"""Accounts of departments on RabbitMQ: each reads the queues of its department, and may do nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex
from shlex import join

from linli.messaging.amqp_operator import amqp_operator
from linli.messaging.management import Management, NoManagementError, open_management
from linli.messaging.refusal import BusError

END_TIMEOUT_S = 10.0
END_POLL_S = 0.1
SUFFIX_BYTES = 4
PASSWORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the broker that reads the queues of a department."""

    department: str
    username: str
    password: str = field(repr=False)


def new_account(department: str) -> Account:
    """Return an account that is not on the broker yet; all of it can stand in a URL or on a command line as it is."""
    # Hexadecimal, for a word that begins with "-" is an option to rabbitmqctl.
    return Account(department, f"dept.{department}.{token_hex(SUFFIX_BYTES)}", token_hex(PASSWORD_BYTES))


def rights_of(department: str) -> dict[str, str]:
    """Return what accounts of a department may configure, write and read: regular expressions, an empty one nothing."""
    return {"configure": "", "write": "", "read": rf"^dept\.{re.escape(department)}\..*$"}


def commands_to_make(department: str, username: str, *, vhost: str) -> list[str]:
    """Return what an operator types to make such an account by hand."""
    rights = rights_of(department).values()
    return [
        join(("rabbitmqctl", "add_user", username, "<password>")),
        join(("rabbitmqctl", "set_permissions", "-p", vhost, username, *rights)),
    ]


def commands_to_end(username: str) -> list[str]:
    """Return what an operator types to end such an account by hand."""
    return [
        join(("rabbitmqctl", "delete_user", username)),
        join(("rabbitmqctl", "close_all_user_connections", username, "ended")),
    ]


class Accounts:
    """The accounts of one broker, all by their username."""

    def __init__(self, management: Management) -> None:
        self._management = management

    async def make(self, account: Account) -> None:
        """Make an account and see that it has its rights and no others; one that is there gets this password.

        Raises:
            BusError: the broker does not answer or refuses it; the account may be there, without or with its rights.
        """
        user, rights = f"/api/users/{account.username}", rights_of(account.department)
        await self._management.put(user, {"password": account.password, "tags": ""})
        await self._management.put(f"/api/permissions/{self._management.vhost}/{account.username}", rights)
        tags = (await self._management.get(user))["tags"]
        granted = await self._management.get(f"{user}/permissions")
        topics = await self._management.get(f"{user}/topic-permissions")
        if tags or topics or [{name: one[name] for name in rights} for one in granted] != [rights]:
            raise BusError(f"{account.username} has other rights on the broker than it was given")

    async def end(self, username: str) -> None:
        """Delete an account, close its connections and wait until they are gone; one that is gone already is fine.

        Raises:
            BusError: the broker does not answer or refuses it, or a client does not let go of its connection.
        """
        await self._management.delete(f"/api/users/{username}")
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                while await self.connections(username):
                    # Refused where one closes by itself meanwhile; what counts is that none is left.
                    with suppress(BusError):
                        await self._management.delete(f"/api/connections/username/{username}")
                    await asyncio.sleep(END_POLL_S)
        except TimeoutError:
            raise BusError(f"{username} is deleted, and a connection of it does not close") from None

    async def connections(self, username: str) -> list[str]:
        """Return the names of the connections that an account has open."""
        return [one["name"] for one in await self._management.get(f"/api/connections/username/{username}")]


@asynccontextmanager
async def open_accounts(bus: str | None, *, management_url: str | None) -> AsyncIterator[Accounts]:
    """Open the accounts of the broker behind ``bus``; where its management API is, `open_management` says.

    Raises:
        NoManagementError: none answers there; an embedded bus, for which ``bus`` is None, has no accounts.
        BusError: the broker does not answer, or who would manage accounts may not.
    """
    if bus is None:
        raise NoManagementError("the bus is embedded and has no accounts")
    async with amqp_operator(bus) as operator:
        cluster = operator.cluster_name
    async with open_management(management_url, bus=bus) as management:
        await management.belong_to(cluster)
        who = await management.get("/api/whoami")
        if "administrator" not in who["tags"]:
            raise BusError(f"{who['name']} may not manage accounts: it has not the tag administrator")
        yield Accounts(management)
