"""No open case stays with a unit that is closed or has moved."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from linli.contracts import CaseRouted, CaseTransferred, TaskAssigned, decode_event
from linli.messaging.tables import outbox
from routing.domain.actor import SYSTEM
from routing.domain.states import Action
from routing.rehoming import BATCH, Rehoming, rehome_some
from routing.tables import cases, moves

from .districts import B2, JINPU, LIANBANG, close, move, person, staff
from .service import B3, FACADE, LIANBANG_WORKER, LIGHT, Service

HEYUAN, THERE = "sanchajie/heyuan", "sanchajie/heyuan/lianbang"
ROOF = "facility.roof-leak"  # a community's authority
SEEPAGE = "facility.wall-seepage"  # a compound's


def worker(service: Service) -> Rehoming:
    return service.app.state.runtime.extra(Rehoming)  # type: ignore[no-any-return]


async def case_of(service: Service, case_id: UUID) -> tuple[str, str, str]:
    body = (await service.get(f"/cases/{case_id}")).json()
    return body["unit"], body["area"], body["state"]


async def test_cases_of_a_closed_unit_go_to_its_successor_with_the_reason_in_their_history(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    deadline = (await service.get(f"/cases/{case_id}")).json()["deadline"]
    await service.move(case_id, "accept")
    await close(service, B3, B2, "两栋合并")
    assert await worker(service).sweep() == 1
    body = (await service.get(f"/cases/{case_id}")).json()
    assert (body["unit"], body["area"], body["state"]) == (B2, B2, "routed")
    assert (body["handler"]["id"], body["deadline"]) == ("li-ershun", deadline)
    last = (await service.get(f"/cases/{case_id}/history")).json()["items"][-1]
    assert (last["action"], last["actor"], last["from_unit"], last["to_unit"]) == ("rehome", "system", B3, B2)
    assert (last["from_state"], last["to_state"]) == ("accepted", "routed")
    assert last["reason"] == f"{B3} → {B2}: 两栋合并"
    assert await worker(service).sweep() == 0


async def test_rehomed_case_is_told_as_transferred_and_routed_in_the_order_of_its_events(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    await close(service, B3, B2)
    await worker(service).sweep()
    async with service.engine.connect() as connection:
        query = select(outbox.c.payload).where(outbox.c.aggregate_id == str(case_id)).order_by(outbox.c.id)
        events = [decode_event(payload) for payload in (await connection.execute(query)).scalars()]
    assert [int(event.sequence) for event in events] == [1, 2, 3, 4]
    transferred, routed = (event.data for event in events[2:])
    assert isinstance(transferred, CaseTransferred)
    assert isinstance(routed, CaseRouted)
    assert (transferred.from_unit, transferred.to_unit, transferred.area) == (B3, B2, B2)
    assert (routed.unit, routed.handler.id) == (B2, "li-ershun")


async def test_explanation_of_a_rehomed_case_says_so_in_the_words_of_its_reader(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    await close(service, B3, B2)
    await worker(service).sweep()
    for language, said in (("en", "takes over the cases of"), ("zh-Hans", "接办"), ("zh-Hant", "接辦")):
        headers = {**service.platform, "Accept-Language": language}
        body = (await service.client.get(f"/v1/cases/{case_id}/explanation", headers=headers)).json()
        assert any(said in rule["text"] for rule in body["rules"] if rule["code"] == "rehomed")


async def test_cases_follow_a_unit_that_moves_and_those_above_it_find_the_unit_of_their_level(service: Service) -> None:
    light, seepage = await service.open(LIGHT, B3), await service.open(SEEPAGE, B3)
    roof, facade = await service.open(ROOF, B3), await service.open(FACADE, B3)
    await move(service, LIANBANG, HEYUAN)
    assert await worker(service).sweep() == 4
    place = f"{THERE}/b3"
    assert await case_of(service, light) == (place, place, "routed")
    assert await case_of(service, seepage) == (THERE, place, "routed")
    assert await case_of(service, roof) == (HEYUAN, place, "routed")
    assert await case_of(service, facade) == ("sanchajie", place, "routed")
    assert await worker(service).sweep() == 0


@pytest.mark.parametrize("solved", [True, False], ids=["solved", "not-solved"])
async def test_resolved_case_stays_resolved_with_its_new_unit(service: Service, *, solved: bool) -> None:
    case_id = await service.resolved(LIGHT, B3)
    await close(service, B3, B2)
    assert await worker(service).sweep() == 1
    assert await case_of(service, case_id) == (B2, B2, "resolved")
    await service.answer(case_id, solved=solved)
    unit, _, state = await case_of(service, case_id)
    assert (unit, state) == (B2, "closed" if solved else "reopened")


async def test_closed_case_is_left_as_it_ended(service: Service) -> None:
    case_id = await service.resolved(LIGHT, B3)
    await service.answer(case_id)
    await close(service, B3, B2)
    assert await worker(service).sweep() == 0
    assert await case_of(service, case_id) == (B3, B3, "closed")


async def test_case_follows_a_chain_of_changes_to_its_end(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    await close(service, B3, B2)
    await move(service, LIANBANG, HEYUAN)
    await close(service, f"{THERE}/b2")
    assert await worker(service).sweep() == 1
    assert await case_of(service, case_id) == (THERE, THERE, "routed")


async def test_report_from_a_place_that_was_closed_goes_to_its_successor_at_once(service: Service) -> None:
    await close(service, B3, B2)
    assert await case_of(service, await service.open(LIGHT, B3)) == (B2, B2, "routed")
    assert await worker(service).sweep() == 0


async def test_case_of_a_place_that_never_was_stays_with_the_top(service: Service) -> None:
    case_id = await service.open(LIGHT, "nowhere/at-all")
    await close(service, B3, B2)
    assert await worker(service).sweep() == 0
    assert await case_of(service, case_id) == ("sanchajie", "nowhere/at-all", "routed")


async def test_case_can_be_handled_before_it_is_rehomed(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    await close(service, B3, B2)
    assert (await service.move(case_id, "accept", service.b3_head)).status_code == 200
    assert (await service.move(case_id, "escalate", reason="too big")).json()["unit"] == "sanchajie"
    await worker(service).sweep()
    assert (await case_of(service, case_id))[:2] == ("sanchajie", B2)


async def test_workers_that_are_killed_and_others_beside_them_move_each_case_once(service: Service) -> None:
    count = BATCH + 20
    opened = {await service.open(LIGHT, B3) for _ in range(count)}
    await close(service, B3, B2)
    now = datetime.now(UTC)
    async with service.engine.connect() as dying:
        # The first has done its part and dies before it commits; the others find the rest meanwhile.
        begun = await rehome_some(dying, service.rulebooks, at=now)
        assert len(begun) == BATCH
        assert await worker(service).sweep() == count - BATCH
        await dying.rollback()
    moved = await asyncio.gather(*(worker(service).sweep() for _ in range(3)))
    assert sum(moved) == BATCH
    assert await worker(service).sweep() == 0
    async with service.engine.connect() as connection:
        units = (await connection.execute(select(cases.c.id, cases.c.unit, cases.c.version))).all()
        assert {tuple(row) for row in units} == {(case_id, B2, 4) for case_id in opened}
        transfers = select(func.count()).where(moves.c.action == Action.REHOME, moves.c.actor_id == SYSTEM.id)
        assert await connection.scalar(transfers) == count
        assert await connection.scalar(select(func.count()).select_from(outbox)) == 4 * count + 1


async def test_cases_of_somebody_who_left_go_to_whoever_is_responsible_now(service: Service) -> None:
    taken, resolved = await service.open(LIGHT, B3), await service.resolved(LIGHT, B3)
    before = (await service.get(f"/cases/{taken}")).json()
    await service.move(taken, "accept")
    assert await worker(service).sweep() == 0
    await staff(service, B3, person("new-head"))
    assert await worker(service).sweep() == 2
    body = (await service.get(f"/cases/{taken}")).json()
    assert (body["unit"], body["state"], body["handler"]["id"]) == (B3, "routed", "new-head")
    assert body["deadline"] == before["deadline"]
    last = (await service.get(f"/cases/{taken}/history")).json()["items"][-1]
    assert (last["action"], last["actor"], last["from_unit"], last["to_unit"]) == ("rehome", "system", B3, B3)
    assert last["reason"] == f"{B3}: − {before['handler']['name']}"
    assert (await service.move(taken, "accept", service.by("new-head", "handler"))).status_code == 200
    assert await case_of(service, resolved) == (B3, B3, "resolved")
    assert await worker(service).sweep() == 0


async def test_cases_stay_with_a_handler_who_has_a_post_above_or_stands_in(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    old = (await service.get(f"/units/{B3}")).json()["unit"]["persons"][0]
    await staff(service, B3)
    compound = (await service.get(f"/units/{LIANBANG}")).json()["unit"]["persons"]
    await staff(service, LIANBANG, *compound, old)
    assert await worker(service).sweep() == 0
    await staff(service, LIANBANG, *compound)
    await staff(service, B2, old)
    await staff(service, B3, {**person("new-head"), "deputy": old["id"]})
    assert await worker(service).sweep() == 0
    await staff(service, B3, person("new-head"))
    assert await worker(service).sweep() == 1
    assert (await service.get(f"/cases/{case_id}")).json()["handler"]["id"] == "new-head"


async def test_open_tasks_follow_their_unit_which_is_told_of_them(service: Service) -> None:
    case_id = await service.open(ROOF, JINPU)
    await service.move(case_id, "accept")
    for path in (B2, B3):
        deadline = datetime.now(UTC) + timedelta(days=2)
        await service.move(case_id, "tasks", unit=path, work="look at the roof", deadline=deadline.isoformat())
    tasks = (await service.get(f"/cases/{case_id}")).json()["tasks"]
    await service.move(case_id, f"tasks/{tasks[0]['id']}/finish", outcome="done")
    await close(service, B2, JINPU)
    assert await worker(service).sweep() == 0
    await close(service, B3, LIANBANG)
    assert await worker(service).sweep() == 1
    assert await worker(service).sweep() == 0
    tasks = (await service.get(f"/cases/{case_id}")).json()["tasks"]
    assert [(task["unit"], task["state"]) for task in tasks] == [(B2, "done"), (LIANBANG, "assigned")]
    head = service.by(LIANBANG_WORKER, "handler")
    listed = (await service.get("/tasks", head, unit=LIANBANG)).json()["items"]
    assert [task["id"] for task in listed] == [tasks[1]["id"]]
    response = await service.move(case_id, f"tasks/{tasks[1]['id']}/finish", head, outcome="done")
    assert response.status_code == 200
    async with service.engine.connect() as connection:
        query = select(outbox.c.payload).where(outbox.c.aggregate_id == str(case_id)).order_by(outbox.c.id)
        events = [decode_event(payload).data for payload in (await connection.execute(query)).scalars()]
    assigned = [event.unit for event in events if isinstance(event, TaskAssigned)]
    assert assigned == [B2, B3, LIANBANG]


async def test_handler_who_moves_with_the_unit_is_none_who_left(service: Service) -> None:
    case_id = await service.open(FACADE, B3)
    await move(service, LIANBANG, HEYUAN)
    async with service.engine.connect() as connection:
        assert (await service.rulebooks.current(connection)).left == frozenset()
    await worker(service).sweep()
    assert (await case_of(service, case_id))[0] == "sanchajie"


async def test_worker_that_runs_moves_cases_without_being_told_by_another_process(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    running = worker(service)
    await running.start()
    try:
        await close(service, B3, JINPU)
        async with asyncio.timeout(15):
            while (await case_of(service, case_id))[0] != JINPU:
                await asyncio.sleep(0.05)
        assert running.healthy
    finally:
        await running.stop()
