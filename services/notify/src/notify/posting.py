"""Posting to receivers that others named: to checked addresses only, within a time limit, whatever they answer."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpcore

from notify.domain.webhooks import Network, may_reach

TIMEOUT_S = 15.0
"""How long a receiver may take for its whole answer."""

MOST_ANSWER_BYTES = 16_384
"""How much of an answer is read; what is longer costs the connection."""

IDLE_S = 30.0
"""How long a connection is kept for the next event."""

LOOKUPS = 32
"""How many names are looked up at once, on threads of their own: a name server that hangs delays nobody else."""

_UNREACHABLE = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError, UnicodeError)


class PostError(Exception):
    """There was no answer: the message says why and quotes neither URL nor answer."""


class ForbiddenAddressError(PostError):
    """The host has no address that webhooks may go to."""


class AnswerTimeoutError(PostError):
    """The answer took too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered: at most the beginning of its body, and how long it took, in seconds."""

    status: int
    retry_after: str | None
    beginning: bytes
    took_s: float


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where webhooks may go: to the internet over https, and to the networks, which are one's own, over http too."""

    networks: tuple[Network, ...]
    tls: ssl.SSLContext


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that it has checked: a name that leads elsewhere a moment later does not matter.

    ``public`` allows the addresses of the internet besides those of ``networks``.
    """

    def __init__(self, networks: Sequence[Network], lookups: Executor, *, public: bool) -> None:
        self._networks = networks
        self._lookups = lookups
        self._public = public
        self._connecting = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that may be reached and answers.

        Raises:
            ForbiddenAddressError: none may be reached.
        """
        addresses = await asyncio.get_running_loop().run_in_executor(self._lookups, _addresses, host, port)
        reachable = [one for one in addresses if may_reach(one, self._networks, public=self._public)]
        if not reachable:
            raise ForbiddenAddressError("the host has no address that webhooks may go to")
        for address in reachable[:-1]:
            try:
                return await self._connecting.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connecting.connect_tcp(reachable[-1], port, timeout, local_address, socket_options)


@dataclass(slots=True)
class _Kept:
    """The connections to one receiver."""

    pool: httpcore.AsyncConnectionPool
    under_way: int = 0
    used_at: float = 0.0


class Poster:
    """Posts to receivers, over connections that each keeps for its next events.

    Each has a pool of its own: httpcore looks through a pool at every request, for each connection through all others.
    """

    def __init__(self, to: Destinations, lookups: Executor) -> None:
        self._tls = to.tls
        self._encrypted = CheckedNetwork(to.networks, lookups, public=True)
        self._plain = CheckedNetwork(to.networks, lookups, public=False)
        self._kept: dict[str, _Kept] = {}
        self._looked_at = monotonic()

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], content_type: str = "application/cloudevents+json"
    ) -> Answer:
        """Post an event or a message; follow no redirect, keep no cookie, ask no proxy.

        Raises:
            PostError: there was no answer.
        """
        sent = [("user-agent", "linli-notify"), ("content-type", content_type), *headers.items()]
        began = monotonic()
        # Of its own: httpcore leaves the socket of a handshake open that is cancelled from outside.
        connecting = {"timeout": {"connect": TIMEOUT_S / 2}}
        status, asked, beginning = None, None, bytearray()
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._connections(url) as pool,
                pool.stream("POST", url, headers=sent, content=body, extensions=connecting) as response,
            ):
                status, asked = response.status, _retry_after(response)
                async for part in response.aiter_stream():
                    beginning += part[: MOST_ANSWER_BYTES - len(beginning)]
                    if len(beginning) >= MOST_ANSWER_BYTES:
                        break
        except TimeoutError:
            if status is None:
                raise AnswerTimeoutError(f"no answer within {TIMEOUT_S:g} s") from None
        except _UNREACHABLE as error:
            if status is None:
                raise PostError(_why(error)) from None
        return Answer(status, asked, bytes(beginning), monotonic() - began)

    async def aclose(self) -> None:
        """Close all connections."""
        for kept in self._kept.values():
            await kept.pool.aclose()

    @asynccontextmanager
    async def _connections(self, url: str) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        await self._let_go()
        origin = str(httpcore.URL(url).origin)
        kept = self._kept.get(origin)
        if kept is None:
            network = self._encrypted if origin.startswith("https:") else self._plain
            pool = httpcore.AsyncConnectionPool(self._tls, None, None, None, IDLE_S, network_backend=network)
            kept = self._kept[origin] = _Kept(pool)
        kept.under_way += 1
        try:
            yield kept.pool
        finally:
            kept.under_way -= 1
            kept.used_at = monotonic()

    async def _let_go(self) -> None:
        """Close, once in a while, the connections to receivers that nothing was posted to of late."""
        long_ago = monotonic() - IDLE_S
        if self._looked_at > long_ago:
            return
        self._looked_at = monotonic()
        for origin, kept in list(self._kept.items()):
            if not kept.under_way and kept.used_at <= long_ago:
                del self._kept[origin]
                await kept.pool.aclose()


@asynccontextmanager
async def posting(to: Destinations) -> AsyncIterator[Poster]:
    """Hold a poster and its connections."""
    lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")
    try:
        async with aclosing(Poster(to, lookups)) as poster:
            yield poster
    finally:
        lookups.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _retry_after(response: httpcore.Response) -> str | None:
    values = [value for name, value in response.headers if name.lower() == b"retry-after"]
    return values[0].decode("ascii", "replace") if values else None


def _why(error: BaseException) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "the host has no address"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no secure connection: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no secure connection"
        cause = cause.__cause__ or cause.__context__
    words: dict[type[BaseException], str] = {
        httpcore.ConnectError: "it cannot be connected to",
        httpcore.ConnectTimeout: "it cannot be connected to",
        httpcore.RemoteProtocolError: "it closed the connection or does not speak HTTP",
    }
    return words.get(type(error), "the connection was lost")
