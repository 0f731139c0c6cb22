"""A TCP proxy on the loopback that can cut, freeze, silence or forget the connections that pass through it."""

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
        self._pumps: dict[_Pump, asyncio.Task[None]] = {}
        self._sinks: set[asyncio.StreamWriter] = set()
        self._to_server = asyncio.Event()
        self._to_client = asyncio.Event()
        self._refusing = False
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let everything pass again; what was held back flows on, what was swallowed or forgotten does not."""
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

    def muffle(self) -> None:
        """Hold back what the clients say, so that acknowledgements never arrive."""
        self._to_server.clear()

    def swallow(self) -> None:
        """Lose for good what the server says on the present connections, its end of them too; new ones are whole."""
        for pump in self._pumps:
            pump.loses = pump.loses or pump.gate is self._to_client

    def forget(self) -> None:
        """Lose both directions of the present connections, as a router does that was restarted; new ones are whole."""
        for pump in self._pumps:
            pump.loses = True

    async def cut(self) -> None:
        """End all connections."""
        # A pump that was cancelled before its first step closes nothing.
        while self._sinks:
            self._sinks.pop().close()
        pumps = list(self._pumps.values())
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
            pump = _Pump(source, sink, gate)
            self._pumps[pump] = asyncio.create_task(pump.run())
            self._pumps[pump].add_done_callback(lambda _, pump=pump: self._pumps.pop(pump))  # type: ignore[misc]


class _Pump:
    """One direction of one connection; one that ``loses`` passes on neither bytes nor the end."""

    def __init__(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        self._source = source
        self._sink = sink
        self.gate = gate
        self.loses = False

    async def run(self) -> None:
        try:
            while chunk := await self._source.read(CHUNK_BYTES):
                await self.gate.wait()
                if not self.loses:
                    self._sink.write(chunk)
                    await self._sink.drain()
        except OSError:
            return
        finally:
            if not self.loses:
                with suppress(OSError):
                    self._sink.close()


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
