"""What only RabbitMQ's management API tells and does: which queues and bindings there are, what is unsettled, users."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx

from linli.messaging.definitions import Definitions
from linli.messaging.refusal import BusError, address_of, vhost_of

PORT = 15672
TLS_PORT = 15671
TIMEOUT_S = 15.0

UNAUTHORIZED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


TOTALS = {"disable_stats": "true", "enable_queue_totals": "true"}
"""Asks for the broker's own counts: the statistics of a queue can be missing for long."""


class NoManagementError(BusError):
    """No management API answers there."""


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many messages a queue holds, and how many of them a consumer has in hand."""

    messages: int
    unacked: int


class Management:
    """The management API of one virtual host."""

    def __init__(self, client: httpx.AsyncClient, *, vhost: str, where: str) -> None:
        self._client = client
        self.vhost = quote(vhost, safe="")
        """Its name, as paths have it."""
        self._where = where

    async def belong_to(self, cluster: str) -> None:
        """Make sure that this is the management of the broker whose cluster is called so.

        Raises:
            NoManagementError: nothing answers, or something else than RabbitMQ.
            BusError: the account may not use it, or it is that of another broker.
        """
        overview = await self.get("/api/overview")
        name = overview.get("cluster_name") if isinstance(overview, dict) else None
        if not isinstance(name, str):
            raise NoManagementError(f"no management plugin answers at {self._where}: not RabbitMQ")
        if name != cluster:
            raise NoManagementError(f"{self._where} is the management of another broker, {name}; the bus is {cluster}")

    async def definitions(self) -> Definitions:
        """Return what is declared in the virtual host, without what is one connection's own."""
        exchanges, queues, bindings = [
            await self.get(f"/api/{section}/{self.vhost}") for section in ("exchanges", "queues", "bindings")
        ]
        own = {one["name"] for one in queues if one.get("exclusive")}
        return Definitions(
            exchanges=[one for one in exchanges if one["name"]],
            queues=[one for one in queues if one["name"] not in own],
            bindings=[one for one in bindings if one["source"] and one["destination"] not in own],
        )

    async def counts(self) -> dict[str, QueueCount]:
        """Return how much each queue holds, as counted at most some seconds ago."""
        return {
            one["name"]: QueueCount(one.get("messages", 0), one.get("messages_unacknowledged", 0))
            for one in await self.get(f"/api/queues/{self.vhost}", **TOTALS)
            if not one.get("exclusive")
        }

    async def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the API tells at a path.

        Raises:
            NoManagementError: nothing answers, or something else than RabbitMQ.
            BusError: the account may not use it, or there is no such virtual host.
        """
        answer = await self._ask("GET", path, query=query)
        if answer.status_code == httpx.codes.NOT_FOUND and path.endswith(self.vhost):
            raise BusError(f"the management plugin at {self._where} knows no virtual host {unquote(self.vhost)!r}")
        try:
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise NoManagementError(f"no management plugin answers at {self._where}: not RabbitMQ") from None

    async def put(self, path: str, body: Mapping[str, object]) -> None:
        """Make what is at a path as ``body`` says, whether it is there or not.

        Raises:
            NoManagementError: nothing answers; it may have been done all the same.
            BusError: it is refused.
        """
        self._done(await self._ask("PUT", path, body=body))

    async def delete(self, path: str) -> None:
        """Delete what is at a path, as `put` makes it; what is not there is fine."""
        answer = await self._ask("DELETE", path)
        # Of two who delete the same at once RabbitMQ answers one with 500.
        if not answer.is_success and (await self._ask("GET", path)).status_code != httpx.codes.NOT_FOUND:
            self._done(answer)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.request(method, path, params=query, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            told = f"no management plugin answers at {self._where} ({type(error).__name__})"
            raise NoManagementError(told) from None
        if answer.status_code in UNAUTHORIZED:
            raise BusError(f"the management plugin at {self._where} refuses the login, or the account may not use it")
        return answer

    def _done(self, answer: httpx.Response) -> None:
        # Its words are not repeated: what they are about may hold a password.
        if not answer.is_success:
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise BusError(f"the management plugin at {self._where} answers {answer.status_code} to {asked}")


@asynccontextmanager
async def open_management(url: str | None, *, bus: str) -> AsyncIterator[Management]:
    """Open the management API at ``url``, or at its usual port on the host of the AMQP URL ``bus``.

    The account is that of ``bus`` unless the URL names one.
    """
    at = urlsplit(url or _usual(bus))
    account = at if at.username else urlsplit(bus)
    login = unquote(account.username or "guest"), unquote(account.password or "guest")
    where = f"{at.scheme}://{address_of(at.geturl())}"
    async with httpx.AsyncClient(
        base_url=f"{where}{at.path.rstrip('/')}",
        auth=login,
        timeout=TIMEOUT_S,
        # RabbitMQ closes some connections after an answer without saying so.
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
    ) as client:
        yield Management(client, vhost=vhost_of(bus), where=where)


def check_management_url(url: str) -> str:
    """Return ``url`` when a management API may be there.

    Raises:
        ValueError: it is no HTTP URL; the message does not quote it, because it may hold a password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname is not None and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("is like http://127.0.0.1:15672, its parts quoted")
    return url


def _usual(bus: str) -> str:
    parts = urlsplit(bus)
    # Never in the clear where the bus itself is not.
    scheme, port = ("https", TLS_PORT) if parts.scheme == "amqps" else ("http", PORT)
    host = parts.hostname or "localhost"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
