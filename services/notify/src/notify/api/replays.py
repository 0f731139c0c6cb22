"""Replays: what the archive holds is sent to one subscription again."""

from uuid import UUID

from fastapi import APIRouter, Request, status

from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime, Now
from notify import queries, usecases
from notify.api.stream_schemas import USUAL_PER_S, ChangeReplay, ReplayRead, StartReplay
from notify.api.subscriptions import Own, Reader, visible
from notify.archive import Archive
from notify.domain.filters import FilterError
from notify.replaying import Replayer
from notify.usecases import Again

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["replays"])


@router.get("/replays")
async def list_replays(subscription_id: UUID, reader: Reader, connection: Reading) -> list[ReplayRead]:
    """List the last replays of a subscription, newest first."""
    row = await visible(connection, subscription_id, reader)
    found = await queries.list_replays(connection, row.id)
    return [ReplayRead.model_validate(each) for each in found]


@router.post("/replays", status_code=status.HTTP_201_CREATED)
async def start_replay(
    body: StartReplay,
    row: Own,
    reader: Reader,
    request: Request,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
) -> ReplayRead:
    """Send again what was made in a period and what the subscription asks for; new events go on arriving meanwhile."""
    await runtime.extra(Archive).require("since", body.since)
    if body.until is not None and body.until < body.since:
        raise FilterError("until", "it lies before since")
    again = Again(since=body.since, until=body.until, per_s=body.per_s)
    made = await usecases.replay(
        connection, row.id, again, replay_id=runtime.new_id(), by=reader.subject, at=now, key=key
    )
    once_committed(request, runtime.extra(Replayer).wake)
    return ReplayRead.model_validate(made)


@router.patch("/replays/{replay_id}")
async def change_replay(
    replay_id: UUID,
    body: ChangeReplay,
    row: Own,
    request: Request,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
) -> ReplayRead:
    """Pause a replay, let it go on, end it, or change its rate."""
    changed = await usecases.change_replay(connection, row.id, replay_id, state=body.state, per_s=body.per_s, at=now)
    once_committed(request, runtime.extra(Replayer).wake)
    return ReplayRead.model_validate(changed)


@router.post("/deliveries/{event_id}/redeliver", status_code=status.HTTP_202_ACCEPTED)
async def redeliver(
    event_id: UUID,
    row: Own,
    reader: Reader,
    request: Request,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
) -> ReplayRead:
    """Send one event again, if it is one that the subscription asks for."""
    since = await usecases.made_of(connection, event_id)
    again = Again(since=since, event_id=event_id, per_s=USUAL_PER_S)
    made = await usecases.replay(
        connection, row.id, again, replay_id=runtime.new_id(), by=reader.subject, at=now, key=key
    )
    once_committed(request, runtime.extra(Replayer).wake)
    return ReplayRead.model_validate(made)
