"""The daily digest: on working days a message to each department that has something to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.district import District
from linli.district.working_days import WorkingDays
from linli.messaging.worker import Worker
from notify.domain.digests import due_day
from notify.domain.rules import DIGEST, department
from notify.outgoing import Matter, Told, plan_outside
from notify.tables import digests, messages, open_dispatches
from notify.telling import ReactionContext
from notify.wording import LANGUAGES
from notify.worklists import list_dispatches

LOOK_S = 30.0
"""How often it is looked whether a digest is due: by so much it comes late."""

NEAREST = 5
"""How many matters a digest names."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, the day that digests are made for, and when the day after the time's begins where the district is."""

    at: datetime
    day: date
    midnight: datetime


class Digests(Worker):
    """Makes each department's digest once a day, whichever process does, by the calendar of the top unit."""

    def __init__(
        self,
        *,
        hour: int,
        engine: AsyncEngine,
        context: ReactionContext,
    ) -> None:
        super().__init__("digests")
        self._hour = hour
        self._engine = engine
        self._context = context
        self._made: date | None = None

    async def _session(self) -> None:
        while not self._stopping.is_set():
            await self.make()
            self._works()
            await self._pause(LOOK_S)

    async def make(self) -> None:
        """Make the digests that are due and not made."""
        async with self._engine.begin() as connection:
            district = await self._context.districts.current(connection)
            moment = self._moment(district)
            if moment.day == self._made:
                return
            claimed = await _claim(connection, sorted(district.departments), moment.day)
            new = await _count_new(connection, claimed, moment.day)
            for one in claimed:
                await self._leave(connection, one, moment, new[one], district)
        self._made = moment.day

    def _moment(self, district: District) -> Moment:
        top = district.top.path
        zone, days = district.zone_of(top), WorkingDays.of(district.calendar_of(top))
        local = self._context.now().astimezone(zone)
        return Moment(local, due_day(local, hour=self._hour, working_days=days), _midnight_after(local, zone))

    async def _leave(
        self, connection: AsyncConnection, whose: str, moment: Moment, new: int, district: District
    ) -> None:
        counts = await _count(connection, whose, moment)
        if not counts["open"]:
            return
        nearest = [
            {"category": row.category, "area": row.area, "deadline": row.deadline.isoformat()}
            for row in await list_dispatches(connection, whose, limit=NEAREST)
        ]
        params = {**counts, "department": whose, "day": str(moment.day), "new": new, "nearest": nearest}
        which, recipient = self._context.new_id(), department(whose).address
        row = {
            "id": which,
            "recipient": recipient,
            "template": DIGEST,
            "params": params,
            "language": LANGUAGES[0],
            "told_at": moment.at,
        }
        await connection.execute(insert(messages).values(row))
        await plan_outside(
            connection,
            Matter(
                event_id=which,
                event=DIGEST,
                area=district.top.path,
                params=params,
                at=moment.at,
                now=self._context.now(),
                new_id=self._context.new_id,
            ),
            [Told(recipient, DIGEST, which)],
            rules=self._context.words.rules,
            district=district,
            channels=self._context.channels,
        )


def _midnight_after(local: datetime, zone: tzinfo) -> datetime:
    return datetime.combine(local.date() + timedelta(days=1), time.min, zone)


async def _claim(connection: AsyncConnection, departments: Sequence[str], day: date) -> Sequence[str]:
    """Return the departments whose digest of a day is this transaction's to make; others wait for its end."""
    if not departments:
        return ()
    rows = insert(digests).values([{"department": one, "day": day} for one in departments])
    later = rows.on_conflict_do_update(
        index_elements=[digests.c.department],
        set_={"day": rows.excluded.day},
        where=digests.c.day < rows.excluded.day,
    )
    claimed: Sequence[str] = (await connection.execute(later.returning(digests.c.department))).scalars().all()
    return claimed


async def _count_new(connection: AsyncConnection, departments: Sequence[str], day: date) -> Counter[str]:
    """Return by department how much no digest has counted, and note that this one has."""
    uncounted = (open_dispatches.c.department.in_(departments), open_dispatches.c.digested_on.is_(None))
    counted = update(open_dispatches).where(*uncounted).values(digested_on=day)
    return Counter((await connection.execute(counted.returning(open_dispatches.c.department))).scalars())


async def _count(connection: AsyncConnection, whose: str, moment: Moment) -> dict[str, Any]:
    deadline = open_dispatches.c.deadline
    query = select(
        func.count().label("open"),
        func.count().filter(deadline > moment.at, deadline < moment.midnight).label("due_today"),
        func.count().filter(deadline <= moment.at).label("overdue"),
    ).where(open_dispatches.c.department == whose)
    return dict((await connection.execute(query)).mappings().one())
