"""What providers tell later of the messages that they took."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.planning import Reason
from notify.outcomes import MOST_DETAIL, suspend
from notify.tables import outgoing
from notify.usecases.contacts import Moment


async def note_fates(
    connection: AsyncConnection, channel: str, told: Iterable[tuple[UUID | None, str | None, str, str]], moment: Moment
) -> int:
    """Note what became of messages of a channel, by our id or else the provider's; return how many are known.

    What has failed at the provider's is not sent again. An address where nothing can arrive is suspended.
    """
    noted = 0
    for which, provider_id, state, detail in told:
        its = outgoing.c.id == which if which is not None else outgoing.c.provider_id == provider_id
        query = select(outgoing).where(its, outgoing.c.channel == channel).limit(1).with_for_update()
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            continue
        noted += 1
        if state == "delivered" and row.state in ("sent", "sending", "waiting"):
            change = {"state": "delivered", "reason": None}
        elif state != "delivered" and row.state != "delivered":
            reason = Reason.BAD_ADDRESS if state == "bad-address" else Reason.PROVIDER
            change = {"state": "failed", "reason": reason, "detail": detail[:MOST_DETAIL]}
        else:
            continue
        settled = {**change, "settled_at": moment.now, "next_attempt_at": None}
        await connection.execute(update(outgoing).where(outgoing.c.id == row.id).values(settled))
        if state == "bad-address" and row.contact_id is not None:
            await suspend(
                connection, row.contact_id, detail, issue_id=row.issue_id, now=moment.now, new_id=moment.new_id
            )
    return noted
