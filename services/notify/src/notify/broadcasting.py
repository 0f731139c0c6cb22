"""Notices that were approved are left in inboxes and planned for addresses, so many a second, until all have them."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.worker import Worker
from notify.audiences import recipients_after
from notify.domain.broadcasts import Aim, Audience
from notify.domain.rules import BROADCAST
from notify.outgoing import Matter, Told, plan_outside
from notify.queries import AnyRow
from notify.tables import broadcasts, messages
from notify.telling import ReactionContext

AT_ONCE = 200
"""How many recipients are told in one transaction: between two of them a notice can be stopped."""

LOOK_S = 1.0
"""How long after one transaction the next follows: so a notice goes to some 200 recipients a second."""


class Broadcasting(Worker):
    """Goes on with each notice; of several processes one does at a time."""

    def __init__(self, *, engine: AsyncEngine, context: ReactionContext) -> None:
        super().__init__("broadcasting")
        self._engine = engine
        self._context = context

    async def _session(self) -> None:
        while not self._stopping.is_set():
            await self.go_on()
            self._works()
            await self._pause(LOOK_S)

    async def go_on(self) -> None:
        """Tell the next recipients of each notice that is being sent."""
        async with self._engine.begin() as connection:
            query = select(broadcasts).where(broadcasts.c.state == "sending").order_by(broadcasts.c.id)
            for row in (await connection.execute(query.with_for_update(skip_locked=True))).all():
                await _go_on(connection, self._context, row)


async def _go_on(connection: AsyncConnection, context: ReactionContext, row: AnyRow) -> None:
    district, now = await context.districts.current(connection), context.now()
    aim = Aim(Audience(row.audience), row.area, row.team)
    found = await recipients_after(connection, aim, row.position, context.words.of(district), district, AT_ONCE)
    params = {"area": row.area, "notice": row.notice}
    ids = {recipient: context.new_id() for recipient, _ in found}
    if found:
        rows = [
            {
                "id": ids[recipient],
                "recipient": recipient,
                "event_id": row.id,
                "template": BROADCAST,
                "params": params,
                "language": language,
                "told_at": now,
            }
            for recipient, language in found
        ]
        await connection.execute(insert(messages).on_conflict_do_nothing(), rows)
        matter = Matter(
            event_id=row.id, event=BROADCAST, area=row.area, params=params, at=now, now=now, new_id=context.new_id
        )
        await plan_outside(
            connection,
            matter,
            [Told(recipient, BROADCAST, ids[recipient]) for recipient, _ in found],
            rules=context.words.rules,
            district=district,
            channels=context.channels,
        )
    last = len(found) < AT_ONCE
    change = {"position": found[-1][0] if found else row.position, "reached": row.reached + len(found)}
    ended = {"state": "sent", "ended_at": now} if last else {}
    await connection.execute(update(broadcasts).where(broadcasts.c.id == row.id).values({**change, **ended}))
