"""A TCP proxy on the loopback that can cut, freeze or silence the connections that pass through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 65_536


class Proxy:
    """Stands between a client and a server; the faults hold until ``mend``.

    Attributes:
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pumps: set[asyncio.Task[None]] = set()
        self._sinks: set[asyncio.StreamWriter] = set()
        self._to_server = asyncio.Event()
        self._to_client = asyncio.Event()
        self._refusing = False
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let everything pass again; what was held back flows on."""
        self._refusing = False
        self._to_server.set()
        self._to_client.set()

    def freeze(self) -> None:
        """Hold back both directions and keep the connections open: a half-open connection or a stopped peer."""
        self._to_server.clear()
        self._to_client.clear()

    def silence(self) -> None:
        """Hold back what the server says, so that confirms never arrive."""
        self._to_client.clear()

    async def cut(self) -> None:
        """End all connections."""
        # A pump that was cancelled before its first step closes nothing.
        while self._sinks:
            self._sinks.pop().close()
        pumps = list(self._pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    def refuse(self) -> None:
        """End new connections at once."""
        self._refusing = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.close()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        for source, sink, gate in (
            (reader, upstream_writer, self._to_server),
            (upstream_reader, writer, self._to_client),
        ):
            self._sinks.add(sink)
            pump = asyncio.create_task(_pump(source, sink, gate))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    try:
        while chunk := await source.read(CHUNK_BYTES):
            await gate.wait()
            sink.write(chunk)
            await sink.drain()
    except OSError:
        return
    finally:
        with suppress(OSError):
            sink.close()


@asynccontextmanager
async def tcp_proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    """Run a proxy to ``host:port`` on a free port."""
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)  # noqa: SLF001 - the server is the proxy's own
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.mend()
        await proxy.cut()
