"""Needs come, follow their case and go as events say."""

from uuid import uuid4

from linli.contracts import NeedClosed, NeedOpened

from .builders import AREA, CATEGORY, FRIDAY, closed, reopened, routed
from .conftest import World, eventually


async def test_need_opens_once_and_follows_its_case_when_it_is_routed_again(world: World) -> None:
    case_id = uuid4()
    need = await world.open_need(2, case_id)

    await world.tell(routed(case_id, wanted=9, deadline=FRIDAY), 2)

    async def moved() -> bool:
        return [one["until"] for one in await world.needs()] == ["2026-03-06T09:00:00Z"]

    await eventually(moved)
    assert [one["id"] for one in await world.needs()] == [need["id"]]
    assert (await world.needs())[0]["wanted"] == 2
    assert [one.wanted for one in await world.heard(NeedOpened, 1) if isinstance(one, NeedOpened)] == [2]


async def test_need_is_postponed_when_its_case_is_reopened(world: World) -> None:
    case_id = uuid4()
    await world.open_need(2, case_id)

    await world.tell(reopened(case_id, deadline=FRIDAY), 2)

    async def postponed() -> bool:
        return (await world.needs())[0]["until"] == "2026-03-06T09:00:00Z"

    await eventually(postponed)


async def test_need_closes_with_its_case(world: World) -> None:
    case_id = uuid4()
    await world.open_need(2, case_id)

    await world.tell(closed(case_id), 2)

    [happened] = await world.heard(NeedClosed, 1)
    assert isinstance(happened, NeedClosed)
    assert (happened.claimed, happened.wanted, happened.category, happened.area) == (0, 2, CATEGORY, AREA)
    assert [one["state"] for one in await world.needs()] == ["closed"]


async def test_need_closes_when_its_case_becomes_confidential(world: World) -> None:
    case_id = uuid4()
    await world.open_need(2, case_id)

    await world.tell(routed(case_id, wanted=2, confidential=True), 2)

    assert len(await world.heard(NeedClosed, 1)) == 1
    assert [one["state"] for one in await world.needs()] == ["closed"]


async def test_cases_that_are_confidential_want_nobody_or_are_unknown_leave_no_need(world: World) -> None:
    await world.tell(routed(uuid4(), wanted=4, confidential=True))
    await world.tell(routed(uuid4(), wanted=0))
    await world.tell(reopened(uuid4(), deadline=FRIDAY), 5)
    await world.tell(closed(uuid4()), 7)

    # The queue keeps its order: what comes after them shows that they have been dealt with.
    need = await world.open_need(1)
    assert [one["id"] for one in await world.needs()] == [need["id"]]
