"""Events of intake become cases, and cases become events, once and in order."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from linli.contracts import (
    CaseAccepted,
    CaseClosed,
    CaseReopened,
    CaseResolved,
    CaseRouted,
    CaseVerified,
    DispatchRequested,
    Event,
    EventData,
    decode_event,
)
from linli.messaging.tables import held, outbox
from linli.messaging.topology import inbox_topology, pattern_for
from routing.domain.states import IllegalMoveError
from routing.fact_tables import facts
from routing.reactions import ReactionContext, answer_on_return_visit_answered, open_case_on_issue_reported
from routing.store import UnknownCaseError
from routing.usecases import tick_due_cases

from .service import B3, B3_HEAD, Service, eventually, issue_reported, publish, return_visit_answered

LISTENER = "test.inbox"
HEARD = (CaseRouted, DispatchRequested, CaseAccepted, CaseResolved, CaseReopened, CaseVerified, CaseClosed)


async def listen(service: Service) -> None:
    await service.transport.declare(inbox_topology(LISTENER, [pattern_for(model) for model in HEARD], retries=False))


async def heard(service: Service, count: int) -> list[Event[EventData]]:
    events: list[Event[EventData]] = []
    async with service.transport.consume(LISTENER, prefetch=10) as subscription:
        while len(events) < count:
            batch = await subscription.next_batch(10)
            events += [decode_event(one.message.body) for one in batch]
            await subscription.ack(batch)
    return events


def told(events: Sequence[Event[EventData]]) -> list[tuple[str, int]]:
    return [(event.type.removeprefix("linli.").removesuffix(".v1"), int(event.sequence)) for event in events]


async def ready(service: Service) -> None:
    """Wait until the consumer's queue takes messages."""

    async def answers() -> bool:
        return (await service.client.get("/readyz")).status_code == 200

    await eventually(answers)


async def state_of(service: Service, case_id: UUID) -> str | None:
    response = await service.get(f"/cases/{case_id}")
    return response.json()["state"] if response.status_code == 200 else None


async def test_issue_travels_from_report_to_closed_case(whole_service: Service) -> None:
    service, issue_id = whole_service, uuid7()
    await ready(service)
    await listen(service)
    await publish(service.transport, issue_reported(issue_id))
    opened = await heard(service, 2)
    assert told(opened) == [("case.routed", 1), ("dispatch.requested", 2)]
    routed = opened[0].data
    assert isinstance(routed, CaseRouted)
    assert (routed.case_id, routed.unit, routed.handler.id) == (issue_id, B3, B3_HEAD)
    assert opened[1].routing_key == "dispatch.requested.facility.stair-light.sanchajie.jinpu.lianbang.b3"
    await service.move(issue_id, "accept", service.b3_head)
    await service.move(issue_id, "resolve", service.b3_head, outcome="new bulb")
    await publish(service.transport, return_visit_answered(issue_id))
    assert told(await heard(service, 4)) == [
        ("case.accepted", 3),
        ("case.resolved", 4),
        ("case.verified", 5),
        ("case.closed", 6),
    ]
    body = (await service.get(f"/cases/{issue_id}")).json()
    assert (body["state"], body["version"], body["allowed"]) == ("closed", 6, [])
    assert [visit["solved"] for visit in body["return_visits"]] == [True]


async def test_unsolved_case_is_reworked_by_the_same_handler(service: Service) -> None:
    case_id = await service.resolved()
    await service.answer(case_id, solved=False)
    body = (await service.get(f"/cases/{case_id}")).json()
    assert (body["state"], body["handler"]["id"]) == ("reopened", B3_HEAD)
    assert (await service.move(case_id, "resolve", service.b3_head, outcome="again")).status_code == 200
    await service.answer(case_id)
    body = (await service.get(f"/cases/{case_id}")).json()
    assert [visit["solved"] for visit in body["return_visits"]] == [False, True]
    items = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert [item["action"] for item in items] == ["route", "accept", "resolve", "reopen", "resolve", "verify", "close"]
    assert [item["version"] for item in items] == [2, 3, 4, 5, 6, 7, 8]
    assert {item["actor"] for item in items if item["action"] in {"reopen", "verify", "close"}} == {"system"}


async def test_issue_that_is_reported_again_reopens_nothing(whole_service: Service) -> None:
    service, issue_id, other = whole_service, uuid7(), uuid7()
    await ready(service)
    await publish(service.transport, issue_reported(issue_id))
    await eventually(lambda: state_of(service, issue_id))
    await service.move(issue_id, "accept")
    await publish(service.transport, issue_reported(issue_id, area="sanchajie"), issue_reported(other))
    await eventually(lambda: state_of(service, other))
    body = (await service.get(f"/cases/{issue_id}")).json()
    assert (body["state"], body["unit"], body["version"]) == ("accepted", B3, 3)


async def test_answer_about_an_unknown_case_waits_and_costs_its_neighbours_nothing(whole_service: Service) -> None:
    service, stranger, neighbour = whole_service, uuid4(), uuid7()
    await ready(service)
    await publish(service.transport, return_visit_answered(stranger), issue_reported(neighbour))
    await eventually(lambda: state_of(service, neighbour))

    async def waits() -> bool:
        async with service.engine.connect() as connection:
            query = select(func.count()).where(held.c.partition_key.endswith(str(stranger)))
            return await connection.scalar(query) == 1

    await eventually(waits)


@pytest.fixture
def context(service: Service) -> ReactionContext:
    return ReactionContext(service.rulebooks, service.app.state.runtime.now)


async def test_answer_about_an_unknown_case_is_an_error(service: Service, context: ReactionContext) -> None:
    async with service.engine.connect() as connection:
        with pytest.raises(UnknownCaseError):
            await answer_on_return_visit_answered(context, connection, return_visit_answered(uuid4()))


async def test_answer_about_a_case_that_is_not_resolved_is_an_error(service: Service, context: ReactionContext) -> None:
    case_id = await service.open()
    async with service.engine.connect() as connection:
        with pytest.raises(IllegalMoveError):
            await answer_on_return_visit_answered(context, connection, return_visit_answered(case_id))


@pytest.mark.parametrize(("solved", "state"), [(True, "closed"), (False, "reopened")], ids=["solved", "not-solved"])
async def test_an_answer_that_an_outage_held_up_counts_although_the_case_closed_meanwhile(
    service: Service,
    context: ReactionContext,
    solved: bool,  # noqa: FBT001 - a parameter of the test
    state: str,
) -> None:
    case_id = await service.resolved()
    inspector = service.by("inspector", "staff", areas=[B3])
    assert (await service.move(case_id, "verify", inspector, done=True, note="it shines")).status_code == 200
    answered = return_visit_answered(case_id, solved=solved)
    async with service.engine.begin() as connection:
        rulebook = await service.rulebooks.current(connection)
        await tick_due_cases(connection, rulebook, at=answered.time + timedelta(days=90), limit=1)
    assert (await service.get(f"/cases/{case_id}")).json()["state"] == "closed"
    async with service.engine.begin() as connection:
        await answer_on_return_visit_answered(context, connection, answered)
    case = (await service.get(f"/cases/{case_id}")).json()
    assert (case["state"], len(case["return_visits"])) == (state, 1)
    async with service.engine.connect() as connection:
        unanswered = select(func.sum(facts.c.amount)).where(facts.c.measure == "closed_unanswered")
        assert await connection.scalar(unanswered) == 0


async def test_a_reporter_opens_again_what_closed_with_their_answer(service: Service, context: ReactionContext) -> None:
    case_id = await service.resolved()
    for solved, state in ((True, "closed"), (False, "reopened")):
        answered = return_visit_answered(case_id, solved=solved)
        async with service.engine.begin() as connection:
            await answer_on_return_visit_answered(context, connection, answered)
        case = (await service.get(f"/cases/{case_id}")).json()
        assert (case["state"], case["handler"]["id"]) == (state, B3_HEAD)


async def test_the_handlers_own_answer_to_what_they_reported_closes_nothing(
    service: Service, context: ReactionContext
) -> None:
    reported = issue_reported(uuid7(), source="visit")
    case_id = reported.data.issue_id
    async with service.engine.begin() as connection:
        await open_case_on_issue_reported(context, connection, reported)
    await service.move(case_id, "accept", service.b3_head)
    await service.move(case_id, "resolve", service.b3_head, outcome="done")
    async with service.engine.begin() as connection:
        await answer_on_return_visit_answered(context, connection, return_visit_answered(case_id))
        counted = select(func.sum(facts.c.amount)).where(facts.c.measure == "visits")
        assert await connection.scalar(counted) == 1
    case = (await service.get(f"/cases/{case_id}")).json()
    assert (case["state"], len(case["return_visits"])) == ("resolved", 1)
    inspector = service.by("inspector", "staff", areas=[B3])
    seen = await service.move(case_id, "verify", inspector, done=True, note="it shines")
    assert seen.json()["state"] == "closed"
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert [item["action"] for item in history] == ["route", "accept", "resolve", "verify", "close"]


async def test_case_counts_from_the_report_not_from_the_arrival(service: Service, context: ReactionContext) -> None:
    event = issue_reported(uuid7())
    async with service.engine.begin() as connection:
        await open_case_on_issue_reported(context, connection, event)
    body = (await service.get(f"/cases/{event.data.issue_id}")).json()
    assert body["opened_at"] == event.data.reported_at.isoformat().replace("+00:00", "Z")


async def test_second_report_of_an_issue_records_nothing(service: Service, context: ReactionContext) -> None:
    issue_id = uuid7()
    async with service.engine.begin() as connection:
        await open_case_on_issue_reported(context, connection, issue_reported(issue_id))
        await open_case_on_issue_reported(context, connection, issue_reported(issue_id, area="sanchajie"))
        assert await connection.scalar(select(func.count()).select_from(outbox)) == 2
    assert (await service.get(f"/cases/{issue_id}")).json()["unit"] == B3


async def test_events_name_no_reporter(service: Service, context: ReactionContext) -> None:
    async with service.engine.begin() as connection:
        await open_case_on_issue_reported(context, connection, issue_reported(uuid7()))
        payloads = (await connection.execute(select(outbox.c.payload))).scalars().all()
    assert len(payloads) == 2
    assert not any(b"third floor" in payload or b"0" * 64 in payload for payload in payloads)
