"""Who may do what to a case, through the API: owner, those above, inspectors, departments."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from .builders import B3, B3_HEAD, LIANBANG
from .service import DISPUTE, FACADE, LIANBANG_WORKER, Headers, Service, department

TOMORROW = (datetime.now(UTC) + timedelta(days=90)).isoformat()


def above(service: Service) -> Headers:
    return service.by(LIANBANG_WORKER, "handler")


def inspector(service: Service) -> Headers:
    return service.by("inspector", "staff", areas=[LIANBANG])


async def accepted(service: Service) -> UUID:
    case_id = await service.open()
    assert (await service.move(case_id, "accept", service.b3_head)).status_code == 200
    return case_id


async def test_the_handler_asks_and_only_those_above_approve(service: Service) -> None:
    case_id = await accepted(service)
    asked = await service.move(case_id, "ask", service.b3_head, wish="extend", until=TOMORROW, reason="parts")
    assert asked.status_code == 200
    assert {"extend", "refuse"} <= set(asked.json()["allowed"])
    assert (await service.move(case_id, "approve", service.b3_head)).status_code == 403
    approved = await service.move(case_id, "approve", above(service))
    assert approved.status_code == 200
    assert datetime.fromisoformat(approved.json()["deadline"]) == datetime.fromisoformat(TOMORROW)


async def test_a_suspended_case_is_resumed_by_its_handler(service: Service) -> None:
    case_id = await accepted(service)
    await service.move(case_id, "ask", service.b3_head, wish="suspend", until=TOMORROW, reason="typhoon")
    assert (await service.move(case_id, "approve", above(service))).json()["state"] == "suspended"
    assert (await service.move(case_id, "resolve", service.b3_head, outcome="done")).status_code == 409
    assert (await service.move(case_id, "resume", service.b3_head)).json()["state"] == "in_progress"


async def test_staff_of_the_area_verify_and_the_handler_does_not(service: Service) -> None:
    case_id = await accepted(service)
    await service.move(case_id, "resolve", service.b3_head, outcome="done")
    own = await service.move(case_id, "verify", service.b3_head, done=True, note="looks good")
    assert own.status_code == 403
    stranger = service.by("far-away", "staff", areas=["sanchajie/heyuan"])
    assert (await service.move(case_id, "verify", stranger, done=True, note="fine")).status_code == 403
    seen = await service.move(case_id, "verify", inspector(service), done=True, photo="https://example.org/1.jpg")
    assert (seen.status_code, seen.json()["state"]) == (200, "verified")
    closed = await service.move(
        case_id, "return-visit", inspector(service), contacted=True, solved=True, satisfaction="satisfied"
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")


async def test_work_found_undone_is_reopened_for_the_same_handler(service: Service) -> None:
    case_id = await accepted(service)
    await service.move(case_id, "resolve", service.b3_head, outcome="done")
    again = await service.move(case_id, "verify", inspector(service), done=False, note="still dark")
    assert (again.json()["state"], again.json()["handler"]["id"]) == ("reopened", B3_HEAD)
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert (history[-1]["action"], history[-1]["reason"]) == ("reopen", "still dark")


async def test_an_inspection_says_what_was_seen(service: Service) -> None:
    case_id = await accepted(service)
    answer = await service.move(case_id, "verify", inspector(service), done=True)
    assert answer.status_code == 422
    assert "a note or a photo is needed" in answer.text


async def test_a_community_gives_a_case_down_and_takes_none_from_above(service: Service) -> None:
    case_id = await service.open("facility.roof-leak")
    jinpu = service.by("li-jinpu", "handler")
    given = await service.move(case_id, "delegate", jinpu, unit=LIANBANG, reason="they can")
    assert (given.json()["unit"], given.json()["decided_by"]) == (LIANBANG, "li-jinpu")
    facade = await service.open(FACADE)
    assert (await service.move(facade, "delegate", jinpu, unit=LIANBANG, reason="mine")).status_code == 403


async def test_a_transfer_is_for_those_above(service: Service) -> None:
    case_id = await service.open()
    b1 = f"{LIANBANG}/b1"
    assert (await service.move(case_id, "transfer", service.b3_head, unit=b1, reason="theirs")).status_code == 403
    moved = await service.move(case_id, "transfer", above(service), unit=b1, reason="theirs")
    assert (moved.status_code, moved.json()["unit"]) == (200, b1)
    again = await service.move(case_id, "route", above(service))
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "decided-by-person")


async def test_ways_of_cases_and_ping_pong_are_seen(service: Service) -> None:
    case_id = await service.open()
    await service.move(case_id, "escalate", service.b3_head, reason="too big")
    await service.move(case_id, "delegate", above(service), unit=B3, reason="is not")
    await service.move(case_id, "escalate", service.b3_head, reason="it is")
    ways = (await service.get("/reroutings", unit=B3)).json()
    assert [(way["from_unit"], way["to_unit"], way["moves"], way["cases"], way["back"]) for way in ways] == [
        (B3, LIANBANG, 2, 1, 1),
        (LIANBANG, B3, 1, 1, 1),
    ]
    assert (await service.get("/reroutings", unit="sanchajie/heyuan")).json() == []
    assert (await service.get("/reroutings", unit=B3, to="2001-01-01")).json() == []


async def test_a_declined_case_is_on_nobodys_list_of_tasks(service: Service) -> None:
    case_id = await accepted(service)
    await service.move(case_id, "tasks", service.b3_head, unit=B3, work="sweep", deadline=TOMORROW)
    assert len((await service.get("/tasks", unit=B3)).json()["items"]) == 1
    await service.move(case_id, "decline", service.b3_head, reason="a private matter")
    assert (await service.get("/tasks", unit=B3)).json()["items"] == []
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert [item["action"] for item in history][-2:] == ["assign", "decline"]


async def test_declining_tells_the_reason_and_ends_the_case(service: Service) -> None:
    case_id = await service.open()
    declined = await service.move(case_id, "decline", service.b3_head, reason="a private matter")
    assert (declined.json()["state"], declined.json()["allowed"]) == ("declined", [])


async def test_supervision_comes_from_above_with_a_name(service: Service) -> None:
    case_id = await service.open()
    assert (await service.move(case_id, "supervise", service.b3_head, reason="hm")).status_code == 403
    watched = await service.move(case_id, "supervise", above(service), reason="too often")
    assert watched.json()["supervised"] is True


async def test_a_department_answers_for_itself_alone(service: Service) -> None:
    case_id = await service.open()
    housing, fire = department(service, "housing"), department(service, "fire")
    assert (await service.move(case_id, "dispatch/accept", fire, text="")).status_code == 409
    accepted_by = await service.move(case_id, "dispatch/accept", housing, text="")
    assert accepted_by.json()["dispatches"][0]["state"] == "accepted"
    refused = await service.move(case_id, "dispatch/done", fire, text="done")
    assert (refused.status_code, refused.json()["department"]) == (409, "fire")
    done = await service.move(case_id, "dispatch/done", housing, text="new lamp")
    assert (done.json()["dispatches"][0]["state"], done.json()["dispatches"][0]["answer"]) == ("done", "new lamp")
    assert (await service.move(case_id, "dispatch/done", service.b3_head, text="done")).status_code == 403


async def test_a_department_reads_the_cases_that_it_is_called_to_and_moves_none(service: Service) -> None:
    housing, justice = department(service, "housing"), department(service, "justice")
    light, dispute = await service.open(), await service.open(DISPUTE)
    for path in ("", "/history", "/explanation"):
        for case_id, reader, status in ((light, housing, 200), (light, justice, 403), (dispute, housing, 403)):
            assert (await service.get(f"/cases/{case_id}{path}", reader)).status_code == status
    assert (await service.get(f"/cases/{dispute}", justice)).status_code == 200
    assert [case["id"] for case in (await service.get("/cases", housing)).json()["items"]] == [str(light)]
    assert (await service.move(light, "accept", housing)).status_code == 403
    await service.move(light, "dispatch/return", housing, text="not ours")
    assert (await service.get(f"/cases/{light}", housing)).status_code == 403


async def test_a_department_is_called_once_and_sent_away_again(service: Service) -> None:
    case_id = await service.open()
    call = {"department": "fire", "task": "look at the stairs"}
    called = await service.move(case_id, "dispatches", service.b3_head, **call)
    assert (called.status_code, called.json()["co_departments"]) == (201, ["fire"])
    twice = await service.move(case_id, "dispatches", service.b3_head, **call)
    assert (twice.status_code, twice.json()["detail"]) == (409, "fire is called already")
    unknown = await service.move(case_id, "dispatches", service.b3_head, department="magic", task="hm")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "department")
    gone = await service.move(case_id, "dispatches/fire/recall", service.b3_head, reason="no smoke")
    assert gone.json()["co_departments"] == []


@pytest.mark.parametrize(
    ("action", "parts", "body", "other"),
    [
        ("tasks", "tasks", {"unit": B3, "work": "sweep", "deadline": TOMORROW}, {"work": "mop"}),
        ("dispatches", "dispatches", {"department": "fire", "task": "look at the stairs"}, {"department": "water"}),
    ],
)
async def test_a_part_that_is_given_twice_under_one_key_is_given_once(
    service: Service, action: str, parts: str, body: dict[str, str], other: dict[str, str]
) -> None:
    case_id = await accepted(service)
    before = len((await service.get(f"/cases/{case_id}")).json()[parts])
    head, boss = ({**by, "Idempotency-Key": "k1"} for by in (service.b3_head, service.platform))
    seen = (await service.get(f"/cases/{case_id}")).headers["ETag"]
    first = await service.move(case_id, action, head, seen=seen, **body)
    again = await service.move(case_id, action, head, seen=seen, **body)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    assert len(first.json()[parts]) == before + 1
    reused = await service.move(case_id, action, head, **{**body, **other})
    assert (reused.status_code, reused.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    # Elsewhere, and with somebody else, it is another key.
    elsewhere = await service.move(await accepted(service), action, head, **{**body, **other})
    assert elsewhere.status_code == 201
    assert (await service.move(case_id, action, boss, **{**body, **other})).status_code == 201
    # Whoever has no say in the case any more is not shown it for having had one.
    await service.move(case_id, "transfer", above(service), unit=f"{LIANBANG}/b1", reason="theirs")
    assert (await service.move(case_id, action, head, **body)).status_code == 403


async def test_a_task_goes_to_a_unit_comes_back_and_lets_the_case_be_resolved(service: Service) -> None:
    case_id = await accepted(service)
    b1 = f"{LIANBANG}/b1"
    given = await service.move(case_id, "tasks", service.b3_head, unit=b1, work="move the bicycles", deadline=TOMORROW)
    assert given.status_code == 201
    [task] = given.json()["tasks"]
    early = await service.move(case_id, "resolve", service.b3_head, outcome="done")
    assert (early.status_code, early.json()["count"]) == (409, 1)
    b1_head = service.by("li-yimin", "handler")
    [listed] = (await service.get("/tasks", b1_head, unit=b1)).json()["items"]
    assert (listed["id"], listed["case_id"], listed["work"]) == (task["id"], str(case_id), "move the bicycles")
    stranger = service.by("li-ershun", "handler")
    assert (await service.get("/tasks", stranger, unit=b1)).json()["items"] == []
    assert (await service.move(case_id, f"tasks/{task['id']}/finish", stranger, outcome="x")).status_code == 403
    done = await service.move(case_id, f"tasks/{task['id']}/finish", b1_head, outcome="moved")
    assert done.json()["tasks"][0]["state"] == "done"
    assert (await service.move(case_id, "resolve", service.b3_head, outcome="done")).status_code == 200
    assert (await service.get("/tasks", b1_head, unit=b1)).json()["items"] == []


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("ask", {"wish": "sleep", "until": TOMORROW, "reason": "x"}, "wish"),
        ("ask", {"wish": "extend", "until": "2001-01-01T00:00:00Z", "reason": "x"}, "until"),
        ("ask", {"wish": "extend", "until": "soon", "reason": "x"}, "until"),
        ("tasks", {"unit": "nowhere", "work": "x", "deadline": TOMORROW}, "unit"),
        ("tasks", {"unit": B3, "work": "x", "deadline": "2001-01-01T00:00:00Z"}, "deadline"),
        ("delegate", {"unit": "../..", "reason": "x"}, "unit"),
        ("verify", {"done": True, "photo": "javascript:alert(1)"}, "photo"),
    ],
    ids=["wish", "past", "no-moment", "unit", "past-deadline", "path", "photo"],
)
async def test_bad_input_is_refused_by_its_field_and_changes_nothing(
    service: Service, action: str, body: dict[str, object], field: str
) -> None:
    case_id = await accepted(service)
    answer = await service.client.post(f"/v1/cases/{case_id}/{action}", headers=service.platform, json=body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]
    assert (await service.get(f"/cases/{case_id}")).json()["version"] == 3
