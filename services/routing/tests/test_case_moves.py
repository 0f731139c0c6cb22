"""Cases are moved by whom they belong to, one at a time, and each move is told."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from linli.contracts import decode_event
from linli.messaging.tables import outbox

from .service import B3, B3_HEAD, FACADE, LIANBANG_WORKER, Service


async def recorded(service: Service, case_id: UUID) -> list[tuple[str, int]]:
    """Type and sequence of the events of a case, in the order in which they were recorded."""
    query = select(outbox.c.payload).where(outbox.c.aggregate_id == str(case_id)).order_by(outbox.c.id)
    async with service.engine.connect() as connection:
        events = [decode_event(payload) for payload in (await connection.execute(query)).scalars()]
    return [(event.type.removeprefix("linli.").removesuffix(".v1"), int(event.sequence)) for event in events]


async def test_handler_takes_the_case_to_its_resolution(service: Service) -> None:
    case_id = await service.open()
    steps = [("accept", {}, "accepted"), ("start", {}, "in_progress"), ("resolve", {"outcome": " lit "}, "resolved")]
    for version, (action, body, state) in enumerate(steps, start=3):
        response = await service.move(case_id, action, service.b3_head, **body)
        assert response.status_code == 200
        assert (response.json()["state"], response.headers["ETag"]) == (state, f'"{version}"')
    assert await recorded(service, case_id) == [
        ("case.routed", 1),
        ("dispatch.requested", 2),
        ("case.accepted", 3),
        ("case.started", 4),
        ("case.resolved", 5),
    ]


async def test_history_tells_who_when_where_from_and_why(service: Service) -> None:
    case_id = await service.open()
    await service.move(case_id, "accept", service.b3_head)
    await service.move(case_id, "escalate", service.b3_head, reason="cable in the wall")
    items = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    lianbang = "sanchajie/jinpu/lianbang"
    told = [
        [item[key] for key in ("action", "actor", "from_state", "to_state", "from_unit", "to_unit")] for item in items
    ]
    assert told == [
        ["route", "system", "received", "routed", None, B3],
        ["accept", B3_HEAD, "routed", "accepted", B3, B3],
        ["escalate", B3_HEAD, "accepted", "routed", B3, lianbang],
    ]
    assert [item["reason"] for item in items] == [None, None, "cable in the wall"]
    assert [item["version"] for item in items] == [2, 3, 5]
    moments = [datetime.fromisoformat(item["moved_at"]) for item in items]
    assert moments == sorted(moments)
    assert all(item["moved_at"].endswith("Z") for item in items)


async def test_history_comes_in_pages(service: Service) -> None:
    case_id = await service.open()
    await service.move(case_id, "accept")
    first = (await service.get(f"/cases/{case_id}/history", limit=1)).json()
    second = (await service.get(f"/cases/{case_id}/history", limit=1, after=first["next"])).json()
    assert [page["items"][0]["action"] for page in (first, second)] == ["route", "accept"]
    assert second["next"] is None


@pytest.mark.parametrize("action", ["escalate", "return"])
async def test_moving_up_gives_the_case_to_the_person_above(service: Service, action: str) -> None:
    case_id = await service.open()
    response = await service.move(case_id, action, service.b3_head, reason="beyond us")
    body = response.json()
    assert (response.status_code, body["handler"]["id"], body["hops"]) == (200, LIANBANG_WORKER, 1)
    assert (await service.move(case_id, "accept", service.b3_head)).status_code == 403
    assert (await service.move(case_id, "accept", service.by(LIANBANG_WORKER, "handler"))).status_code == 200


async def test_illegal_move_is_refused_with_those_allowed(service: Service) -> None:
    case_id = await service.open()
    response = await service.move(case_id, "start", service.b3_head)
    assert response.status_code == 409
    problem = response.json()
    assert problem["allowed"][:5] == ["route", "accept", "return", "delegate", "escalate"]
    assert (problem["state"], problem["action"]) == ("routed", "start")


async def test_top_unit_has_nobody_to_escalate_to(service: Service) -> None:
    case_id = await service.open(FACADE)
    response = await service.move(case_id, "escalate", reason="too big")
    assert response.status_code == 409
    assert {"escalate", "return"}.isdisjoint(response.json()["allowed"])
    assert [kind for kind, _ in await recorded(service, case_id) if kind == "case.escalated"] == []


async def test_refused_move_changes_and_records_nothing(service: Service) -> None:
    case_id = await service.open()
    before = (await service.get(f"/cases/{case_id}")).json(), await recorded(service, case_id)
    assert (await service.move(case_id, "resolve", service.b3_head, outcome="done")).status_code == 409
    assert ((await service.get(f"/cases/{case_id}")).json(), await recorded(service, case_id)) == before


@pytest.mark.parametrize(
    ("subject", "roles", "areas", "status"),
    [
        (B3_HEAD, ["handler"], [], 200),
        (B3_HEAD, ["staff"], [B3], 403),
        (LIANBANG_WORKER, ["handler"], ["sanchajie"], 403),
        ("boss", ["supervisor"], ["sanchajie/jinpu"], 200),
        ("boss", ["supervisor"], ["sanchajie/jin"], 403),
        ("boss", ["supervisor"], [], 403),
        ("operator", ["platform"], ["sanchajie"], 200),
        ("operator", ["platform"], ["elsewhere"], 403),
        ("helper", ["volunteer"], ["sanchajie"], 403),
    ],
)
async def test_only_the_handler_and_overseers_move_a_case(
    service: Service, subject: str, roles: list[str], areas: list[str], status: int
) -> None:
    case_id = await service.open()
    response = await service.move(case_id, "accept", service.by(subject, *roles, areas=areas))
    assert response.status_code == status


async def test_supervisor_does_not_move_what_has_gone_above_them(service: Service) -> None:
    case_id = await service.open(FACADE)
    supervisor = service.by("boss", "supervisor", areas=["sanchajie/jinpu"])
    assert (await service.get(f"/cases/{case_id}", supervisor)).status_code == 200
    assert (await service.move(case_id, "accept", supervisor)).status_code == 403


async def test_current_etag_lets_the_case_move(service: Service) -> None:
    case_id = await service.open()
    seen = (await service.get(f"/cases/{case_id}")).headers["ETag"]
    assert seen == '"2"'
    assert (await service.move(case_id, "accept", seen=seen)).status_code == 200


@pytest.mark.parametrize("seen", ['"1"', 'W/"2"', "2", '"two"', "", '"02"', '"99999999999999999999"'])
async def test_other_etag_is_refused(service: Service, seen: str) -> None:
    case_id = await service.open()
    response = await service.move(case_id, "accept", seen=seen)
    assert (response.status_code, response.headers["ETag"]) == (412, '"2"')


@pytest.mark.parametrize("seen", ["*", '"1", "2"'])
async def test_any_of_the_etags_may_match(service: Service, seen: str) -> None:
    case_id = await service.open()
    assert (await service.move(case_id, "accept", seen=seen)).status_code == 200


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(
        st.sampled_from([("accept", {}), ("escalate", {"reason": "up"}), ("return", {"reason": "not ours"})]),
        min_size=2,
        max_size=6,
    )
)
async def test_of_moves_at_once_exactly_one_wins(service: Service, wishes: list[tuple[str, dict[str, str]]]) -> None:
    case_id = await service.open()
    before = await recorded(service, case_id)
    responses = await asyncio.gather(
        *(service.move(case_id, action, None, seen='"2"', **body) for action, body in wishes)
    )
    assert sorted(response.status_code for response in responses) == [200] + [412] * (len(wishes) - 1)
    (winner,) = [response for response in responses if response.status_code == 200]
    told = await recorded(service, case_id)
    assert [sequence for _, sequence in told] == list(range(1, len(told) + 1))
    assert winner.headers["ETag"] == f'"{len(told)}"'
    assert len(told) > len(before)


async def test_unseen_moves_at_once_leave_one_winner(service: Service) -> None:
    case_id = await service.open()
    responses = await asyncio.gather(*(service.move(case_id, "accept") for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]


async def test_unknown_case_is_not_found(service: Service) -> None:
    assert (await service.move(uuid4(), "accept")).status_code == 404


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("resolve", {"outcome": ""}, "outcome"),
        ("resolve", {"outcome": "  "}, "outcome"),
        ("resolve", {"outcome": "x" * 2001}, "outcome"),
        ("resolve", {"outcome": 7}, "outcome"),
        ("resolve", {"outcome": "a\0b"}, "outcome"),
        ("escalate", {"reason": "a\0b"}, "reason"),
        ("resolve", {"outcome": "done", "state": "closed"}, "state"),
        ("resolve", {"reason": "done"}, "outcome"),
        ("escalate", {"reason": "x" * 1001}, "reason"),
        ("escalate", {"reason": None}, "reason"),
        ("return", {"reason": ["a"]}, "reason"),
    ],
)
async def test_bad_body_is_refused_by_its_field(
    service: Service, action: str, body: dict[str, object], field: str
) -> None:
    case_id = await service.open()
    response = await service.move(case_id, action, None, seen=None, **body)
    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"", 422), (b"[]", 422), (b'{"outcome": "\\u0000"}', 422)]
)
async def test_broken_body_is_refused(service: Service, content: bytes, status: int) -> None:
    case_id = await service.open()
    await service.move(case_id, "accept")
    headers = {**service.platform, "Content-Type": "application/json"}
    response = await service.client.post(f"/v1/cases/{case_id}/resolve", headers=headers, content=content)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_deadline_is_told_in_utc(service: Service) -> None:
    case_id = await service.open("safety.fire-lane", reported_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    body = (await service.get(f"/cases/{case_id}")).json()
    assert (body["opened_at"], body["deadline"]) == ("2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z")
