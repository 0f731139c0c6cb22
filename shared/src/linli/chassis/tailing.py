"""New rows as they are added: read once per process, and handed to whoever listens.

A table whose rows are told of has a ``place``, a number that the database gives out when a row is written.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Annotated, Any

from fastapi import Header
from sqlalchemy import Column, Row, Table, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis.problems import RETRY_AFTER_S, ProblemError
from linli.messaging.worker import Worker

AnyRow = Row[*tuple[Any, ...]]

LOOK_S = 0.25
"""How often it is looked for new rows while somebody listens: so late they come."""

LATE_S = 5.0
"""How long a place that is missing is waited for: its transaction may not have ended, or it was rolled back."""

BATCH = 1000
QUEUED = 100
"""How many rows may wait for one listener; one that is slower is sent away, and goes on from where it was."""

LISTENING_S = 900.0
"""How long one may listen: then who may hear what is asked anew."""

BEGIN_S = 5.0
LOCK_WAIT_MS = 2000
LOCK_NOT_AVAILABLE = "55P03"
MOST = 5000
MOST_EACH = 8


HIGHEST = 2**63 - 1
LastEventId = Annotated[
    int | None, Header(ge=0, le=HIGHEST, description="`id` of the last event that came: the stream goes on after it")
]


LAST_GIVEN = text("select pg_sequence_last_value(cast(pg_get_serial_sequence(:table, 'place') as regclass))")
"""Not the highest place that is there: rows that were deleted, or rolled back, are nothing to wait for."""


class Feed:
    """What one listener hears: every row that is about one of ``whose`` at a place above ``begun``."""

    def __init__(self, whose: Sequence[str], begun: int) -> None:
        self.whose = whose
        self.begun = begun
        self._rows: deque[AnyRow] = deque()
        self._changed = asyncio.Event()
        self._over = False

    def put(self, row: AnyRow) -> None:
        """Let the listener hear of a row; one with too much before it hears no more."""
        if len(self._rows) < QUEUED and not self._over:
            self._rows.append(row)
            self._changed.set()
        else:
            self.end()

    def end(self) -> None:
        """Let the listener hear what is there and no more."""
        self._over = True
        self._changed.set()

    async def rows(self) -> AsyncIterator[AnyRow]:
        """Yield rows as they come, until the end."""
        while self._rows or not self._over:
            while self._rows:
                yield self._rows.popleft()
            if not self._over:
                self._changed.clear()
                await self._changed.wait()


class Order:
    """Puts rows that are seen as they are committed into the order of their places.

    A row waits for the places before it, unless something at or above it was seen ``LATE_S`` ago: those that were given
    out before and are not there yet are given up.
    """

    def __init__(self, place: int) -> None:
        self.place = place
        self._settled = place
        self._highest = place
        self._seen: deque[tuple[float, int]] = deque()

    def next(self, rows: Sequence[AnyRow], now: float) -> Iterator[AnyRow]:
        """Yield those of the rows above ``place`` whose turn it is; ``place`` is that of the last one."""
        if rows and rows[-1].place > self._highest:
            self._highest = rows[-1].place
            self._seen.append((now, self._highest))
        while self._seen and self._seen[0][0] <= now - LATE_S:
            self._settled = self._seen.popleft()[1]
        for row in rows:
            if row.place > self.place + 1 and row.place > self._settled:
                return
            self.place = row.place
            yield row


class Tail(Worker):
    """Reads new rows of a table while somebody listens, with one query for all; ``closing`` ends the listening.

    The column ``about`` says whom or what a row is about, as text or as what text stands for: an id.
    """

    def __init__(self, *, table: Table, about: Column[Any], engine: AsyncEngine, closing: asyncio.Event) -> None:
        super().__init__("tail")
        self._table = table
        self._about = about.name
        self._engine = engine
        self._closing = closing
        self._order: Order | None = None
        self._begun = asyncio.Event()
        self._wanted = asyncio.Event()
        self._waiting = 0
        self._feeds: dict[str, set[Feed]] = defaultdict(set)
        self._held: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self, whose: Sequence[str], key: str) -> AsyncIterator[Feed]:
        """Give the rows about any of ``whose`` from now on; ``key`` is whoever listens.

        Raises:
            ProblemError: 429 or 503, as many listen with the key or in this process as may.
            TimeoutError: the database does not say where "now" is.
        """
        if self._held[key] >= MOST_EACH or self._held.total() >= MOST:
            raise _too_many(own=self._held[key] >= MOST_EACH)
        self._held[key] += 1
        try:
            feed = Feed(whose, await self._now())
            ending = asyncio.get_running_loop().call_later(LISTENING_S, feed.end)
            self._add(feed)
            try:
                yield feed
            finally:
                ending.cancel()
                self._remove(feed)
        finally:
            self._held -= Counter((key,))

    async def _now(self) -> int:
        self._wanted.set()
        async with asyncio.timeout(BEGIN_S):
            while self._order is None:
                await self._begun.wait()
        return self._order.place

    def _add(self, feed: Feed) -> None:
        for one in feed.whose:
            self._feeds[one].add(feed)

    def _remove(self, feed: Feed) -> None:
        for one in feed.whose:
            self._feeds[one].discard(feed)
            if not self._feeds[one]:
                del self._feeds[one]

    async def _session(self) -> None:
        self._ready()
        while not self._stopping.is_set():
            await self._wanted.wait()
            if self._stopping.is_set():
                return
            if self._order is None:
                self._order = await self._begin()
            if self._order is not None:
                self._begun.set()
                await self._look(self._order)
            self._works()
            if self._closing.is_set():
                self._end_all()
            if not self._held:
                self._rest()
            await self._pause(LOOK_S)

    def _wake(self) -> None:
        self._wanted.set()

    async def _begin(self) -> Order | None:
        """Find the last place, once no row with a lower one is still to be committed; None where it takes long."""
        async with self._engine.connect() as connection:
            try:
                await connection.execute(text(f"set local lock_timeout = '{LOCK_WAIT_MS}ms'"))
                # Waits for those who are writing, and holds up whoever would for as long as the next query takes.
                await connection.execute(text(f"lock table {self._table.name} in share mode"))
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                    return None
                raise
            last = await connection.scalar(LAST_GIVEN, {"table": self._table.name})
        return Order(last or 0)

    async def _look(self, order: Order) -> None:
        place = self._table.c.place
        unread = select(self._table).where(place > order.place).order_by(place).limit(BATCH)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(unread)).all()
        for row in order.next(rows, monotonic()):
            for feed in self._feeds.get(str(getattr(row, self._about)), ()):
                feed.put(row)

    def _rest(self) -> None:
        self._order = None
        self._begun.clear()
        self._wanted.clear()

    def _end_all(self) -> None:
        for feed in {feed for some in self._feeds.values() for feed in some}:
            feed.end()


def _too_many(*, own: bool) -> ProblemError:
    again = {"Retry-After": RETRY_AFTER_S}
    if own:
        detail = "Close a stream before another is opened."
        return ProblemError(429, "too-many-streams", "Too many streams are open", detail, headers=again)
    return ProblemError(503, "streams-full", "No more streams can be opened here", "Try again.", headers=again)
