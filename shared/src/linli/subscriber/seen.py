"""Which events took effect already: a queue delivers again what it is not sure of."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Protocol
from uuid import UUID


class Seen(Protocol):
    """Remembers the ids of the events that were handled.

    Whoever keeps its data in a database of its own may keep the ids there too.
    """

    async def has(self, event_id: UUID) -> bool:
        """Tell whether the event was handled before."""
        ...

    async def add(self, event_id: UUID) -> None:
        """Note that the event was handled; noting it twice is no error."""
        ...


class MemorySeen:
    """Remembers the last ``limit`` events of this process, and nothing of the one before it."""

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._ids: dict[UUID, None] = {}

    async def has(self, event_id: UUID) -> bool:
        """Tell whether the event was handled before."""
        return event_id in self._ids

    async def add(self, event_id: UUID) -> None:
        """Note that the event was handled."""
        self._ids[event_id] = None
        if len(self._ids) > self._limit:
            del self._ids[next(iter(self._ids))]


class SqliteSeen:
    """Remembers in a file, over restarts, with what SQLite promises of a commit.

    An id takes some 40 bytes; none is forgotten, because an old event may be replayed.

    Raises:
        sqlite3.OperationalError: the file cannot be opened or written.
    """

    def __init__(self, path: Path | str) -> None:
        # The pool of threads decides which of them works; only one does at a time.
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("create table if not exists seen (id blob primary key) without rowid")

    async def has(self, event_id: UUID) -> bool:
        """Tell whether the event was handled before."""
        found = self._file.execute("select 1 from seen where id = ?", (event_id.bytes,))
        return found.fetchone() is not None

    async def add(self, event_id: UUID) -> None:
        """Note that the event was handled, and return when that is on the disk."""
        await asyncio.to_thread(self._file.execute, "insert or ignore into seen values (?)", (event_id.bytes,))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
