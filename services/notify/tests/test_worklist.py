"""A department finds what it is called to, the nearest deadline first, until it is done, and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from linli.contracts import (
    CaseClosed,
    CaseDeclined,
    CaseMerged,
    CaseWithdrawn,
    DispatchAccepted,
    DispatchDone,
    DispatchProgressed,
    DispatchReturned,
    DispatchWithdrawn,
    EventData,
    Level,
)

from . import builders

Tell = Callable[..., Awaitable[None]]
Token = Callable[..., dict[str, str]]
BOTH = pytest.mark.parametrize("bus_kind", ["embedded", "amqp"], indirect=True)
HOUSING = "/v1/departments/housing/worklist"
CASE = UUID(int=5)
WHAT: dict[str, Any] = {**builders.WHERE, "case_id": CASE}
PART: dict[str, Any] = {**WHAT, "department": "housing"}


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.fixture
def housing(token: Token) -> dict[str, str]:
    return token("department", department="housing", language="en")


async def listed(client: AsyncClient, headers: dict[str, str], met: Callable[[Any], bool], path: str = HOUSING) -> Any:
    """Return a worklist's items as soon as they are as expected."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 200
            items = answer.json()["items"]
            if met(items):
                return items
            await asyncio.sleep(0.05)


def count(wanted: int) -> Callable[[Any], bool]:
    return lambda items: len(items) == wanted


def stand(state: str) -> Callable[[Any], bool]:
    return lambda items: [one["state"] for one in items] == [state]


@BOTH
async def test_a_matter_says_what_is_asked_where_until_when_and_how_late_it_is(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    await tell(builders.requested(CASE, role="co", task="修防水层"))
    (item,) = await listed(client, housing, count(1))
    assert item == {
        "case_id": str(CASE),
        "category": "facility.roof-leak",
        "category_name": "Roof leak",
        "area": "sanchajie/jinpu/lianbang/b3",
        "area_name": item["area_name"],
        "role": "co",
        "task": "修防水层",
        "state": "requested",
        "state_at": "2026-03-02T09:00:00Z",
        "requested_at": "2026-03-02T09:00:00Z",
        "deadline": "2026-03-09T09:00:00Z",
        "late_s": 3600,
    }
    assert item["area_name"] != item["area"]


async def test_the_reader_is_told_in_their_language(client: AsyncClient, tell: Tell, token: Token) -> None:
    await tell(builders.requested(CASE))
    reader = token("department", department="housing", language="zh-Hant")
    (item,) = await listed(client, reader, count(1))
    assert (item["category_name"], item["task"]) == ("屋頂漏水", None)


async def test_what_is_not_due_yet_is_not_late(client: AsyncClient, tell: Tell, housing: dict[str, str]) -> None:
    await tell(builders.requested(CASE, deadline=builders.DUE + timedelta(hours=2)))
    (item,) = await listed(client, housing, count(1))
    assert item["late_s"] == 0


@BOTH
async def test_an_answer_changes_the_state_and_when_it_began(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    await tell(builders.reported(CASE))
    await tell(builders.requested(CASE), 1)
    for number, answer in enumerate((DispatchAccepted(**PART), DispatchProgressed(**PART, note="材料已到"))):
        await tell(answer, number + 2, builders.AT + timedelta(hours=number + 1))
        said = ("accepted", "progressed")[number]
        (item,) = await listed(client, housing, stand(said))
        assert (item["state_at"], item["requested_at"]) == (f"2026-03-02T{10 + number}:00:00Z", "2026-03-02T09:00:00Z")


ENDS: tuple[EventData, ...] = (
    DispatchDone(**PART, answer="已修"),
    DispatchReturned(**PART, reason="不属我局"),
    DispatchWithdrawn(**PART, reason="不再需要"),
    CaseClosed(**WHAT, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
    CaseDeclined(**WHAT, handler=builders.HANDLER, reason="不属此处"),
    CaseMerged(**WHAT, into=UUID(int=6)),
    CaseWithdrawn(**WHAT),
)


@pytest.mark.parametrize("ended", ENDS, ids=lambda data: type(data).__name__)
async def test_what_has_ended_waits_no_longer_and_counts_again_when_it_is_asked_anew(
    client: AsyncClient, tell: Tell, housing: dict[str, str], ended: EventData
) -> None:
    await tell(builders.reported(CASE))
    await tell(builders.requested(CASE), 1)
    await tell(DispatchAccepted(**PART), 2)
    await listed(client, housing, stand("accepted"))
    await tell(ended, 3)
    await listed(client, housing, count(0))
    await tell(builders.requested(CASE, task="再修"), 4, builders.AT + timedelta(days=1))
    (item,) = await listed(client, housing, count(1))
    assert (item["state"], item["task"], item["requested_at"]) == ("requested", "再修", "2026-03-03T09:00:00Z")


async def test_the_part_of_one_department_ends_and_that_of_the_other_goes_on(
    client: AsyncClient, tell: Tell, housing: dict[str, str], token: Token
) -> None:
    await tell(builders.reported(CASE))
    await tell(builders.requested(CASE, "water", role="co"), 1)
    await tell(builders.requested(CASE), 2)
    await listed(client, housing, count(1))
    await tell(DispatchDone(**PART, answer="已修"), 3)
    await listed(client, housing, count(0))
    water = token("department", department="water")
    await listed(client, water, count(1), "/v1/departments/water/worklist")


async def test_an_old_call_that_comes_late_opens_nothing_again(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    other = uuid4()
    await tell(builders.reported(CASE))
    await tell(DispatchDone(**PART, answer="已修"), 3)
    await tell(builders.requested(CASE), 2)
    await tell(builders.requested(other))
    (item,) = await listed(client, housing, lambda items: str(other) in [one["case_id"] for one in items])
    assert item["case_id"] == str(other)


async def test_pages_follow_each_other_by_deadline(client: AsyncClient, tell: Tell, housing: dict[str, str]) -> None:
    # Two of each deadline: a page may end between them.
    for number in (4, 0, 2, 1, 3, 5):
        deadline = builders.DUE + timedelta(hours=number // 2)
        await tell(builders.requested(UUID(int=100 + number), deadline=deadline))
    await listed(client, housing, count(6))
    found, after = [], ""
    for _ in range(2):
        page = (await client.get(f"{HOUSING}?limit=3{after}", headers=housing)).json()
        found += [one["case_id"] for one in page["items"]]
        after = f"&after={page['next']}"
    assert found == [str(UUID(int=100 + number)) for number in range(6)]
    assert page["next"] is None


async def test_a_department_sees_its_own_list_and_staff_see_any(
    client: AsyncClient, tell: Tell, housing: dict[str, str], token: Token
) -> None:
    await tell(builders.requested(CASE))
    await listed(client, housing, count(1))
    for role in ("staff", "supervisor", "platform"):
        await listed(client, token(role), count(1))
    for reader in (token("department", department="water"), token("department")):
        assert (await client.get(HOUSING, headers=reader)).status_code == 404
    assert (await client.get(HOUSING, headers=token("handler"))).status_code == 403
    assert (await client.get(HOUSING)).status_code == 401


async def test_confidential_matters_are_for_the_department_that_is_called_alone(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    path = "/v1/departments/civil-affairs/worklist"
    await tell(builders.requested(uuid4(), "civil-affairs"))
    await tell(builders.requested(uuid4(), "civil-affairs", category="dispute.family"))
    await listed(client, token("department", department="civil-affairs"), count(2), path)
    for role in ("staff", "supervisor", "platform"):
        (item,) = await listed(client, token(role), count(1), path)
        assert item["category"] == "facility.roof-leak"


async def test_bad_requests_are_refused(client: AsyncClient, housing: dict[str, str], token: Token) -> None:
    unknown = await client.get("/v1/departments/navy/worklist", headers=token("staff"))
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    for query in ("after=zzz", "after=e30", "limit=0", "limit=201"):
        assert (await client.get(f"{HOUSING}?{query}", headers=housing)).status_code == 422
