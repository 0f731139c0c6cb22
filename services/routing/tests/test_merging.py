"""Issues that staff merged are one case; issues that were taken back have none."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from linli.contracts import IssueMerged, IssueUnmerged, IssueWithdrawn, new_event
from routing.reactions import (
    ReactionContext,
    merge_on_issue_merged,
    unmerge_on_issue_unmerged,
    withdraw_on_issue_withdrawn,
)
from routing.store import UnknownCaseError

from .builders import B3, LIGHT
from .service import Service
from .test_case_moves import recorded

EARLIER = datetime.now(UTC) - timedelta(days=2)
WHERE = {"category": LIGHT, "area": B3}


def context(service: Service) -> ReactionContext:
    return ReactionContext(service.rulebooks, lambda: datetime.now(UTC))


async def merge(service: Service, case_id: UUID, into: UUID) -> None:
    data = IssueMerged(**WHERE, issue_id=case_id, into=into)
    event = new_event(data, id=uuid7(), sequence=2, time=datetime.now(UTC))
    async with service.engine.begin() as connection:
        await merge_on_issue_merged(context(service), connection, event)


async def unmerge(service: Service, case_id: UUID) -> None:
    event = new_event(IssueUnmerged(**WHERE, issue_id=case_id), id=uuid7(), sequence=3, time=datetime.now(UTC))
    async with service.engine.begin() as connection:
        await unmerge_on_issue_unmerged(context(service), connection, event)


async def actions(service: Service, case_id: UUID) -> list[str]:
    return [item["action"] for item in (await service.get(f"/cases/{case_id}/history")).json()["items"]]


async def test_one_case_goes_on_with_the_earlier_clock_and_both_histories_say_so(service: Service) -> None:
    case_id, into = await service.open(reported_at=EARLIER), await service.open()
    own = (await service.get(f"/cases/{into}")).json()["deadline"]
    await merge(service, case_id, into)
    merged, target = [(await service.get(f"/cases/{each}")).json() for each in (case_id, into)]
    assert (merged["state"], merged["merged_into"], merged["allowed"]) == ("merged", str(into), [])
    assert target["deadline"] == merged["deadline"] < own
    assert await actions(service, case_id) == ["route", "merge"]
    assert await actions(service, into) == ["route", "absorb"]


async def test_an_undone_merge_leaves_two_cases_as_they_were(service: Service) -> None:
    case_id, into = await service.open(reported_at=EARLIER), await service.open()
    own = (await service.get(f"/cases/{into}")).json()["deadline"]
    await merge(service, case_id, into)
    await unmerge(service, case_id)
    again, target = [(await service.get(f"/cases/{each}")).json() for each in (case_id, into)]
    assert (again["state"], again["merged_into"], target["deadline"]) == ("routed", None, own)
    assert (await service.move(case_id, "accept", service.b3_head)).status_code == 200


async def test_merges_that_meet_do_not_block_each_other(service: Service) -> None:
    one, other, third = [await service.open() for _ in range(3)]
    await asyncio.gather(merge(service, one, third), merge(service, other, third), merge(service, third, one))
    states = [(await service.get(f"/cases/{each}")).json()["state"] for each in (one, other, third)]
    done = [action for each in (one, other, third) for action in await actions(service, each)]
    assert states.count("merged") == done.count("merge") == 3 - done.count("refuse-merge")
    assert "routed" in states


@pytest.mark.parametrize("ended", [0, 1])
async def test_a_merge_with_a_case_that_ended_is_refused_and_both_stay_as_they_were(
    service: Service, ended: int
) -> None:
    case_id, into = both = await service.open(), await service.open()
    await service.move(both[ended], "decline", service.b3_head, reason="private")
    before = [(await service.get(f"/cases/{each}")).json() for each in both]
    await merge(service, case_id, into)
    await unmerge(service, case_id)
    after = [(await service.get(f"/cases/{each}")).json() for each in both]
    assert [case["state"] for case in after] == [case["state"] for case in before]
    assert [case["deadline"] for case in after] == [case["deadline"] for case in before]
    assert (await actions(service, case_id))[-1] == "refuse-merge"
    assert "absorb" not in await actions(service, into)
    told, version = (await recorded(service, case_id))[-1]
    assert (told, version) == ("case.merge-refused", after[0]["version"])


async def test_a_merge_with_an_unknown_case_comes_back_later(service: Service) -> None:
    case_id = await service.open()
    with pytest.raises(UnknownCaseError):
        await merge(service, case_id, uuid7())
    with pytest.raises(UnknownCaseError):
        await unmerge(service, uuid7())
    assert await actions(service, case_id) == ["route"]


async def test_a_withdrawn_issue_ends_its_case(service: Service) -> None:
    case_id = await service.open()
    event = new_event(IssueWithdrawn(**WHERE, issue_id=case_id), id=uuid7(), sequence=2, time=datetime.now(UTC))
    async with service.engine.begin() as connection:
        await withdraw_on_issue_withdrawn(context(service), connection, event)
    case = (await service.get(f"/cases/{case_id}")).json()
    assert (case["state"], case["allowed"]) == ("withdrawn", [])


async def test_a_withdrawal_that_comes_too_late_changes_nothing(service: Service) -> None:
    case_id = await service.open()
    for sequence in (2, 3):
        data = IssueWithdrawn(**WHERE, issue_id=case_id)
        event = new_event(data, id=uuid7(), sequence=sequence, time=datetime.now(UTC))
        async with service.engine.begin() as connection:
            await withdraw_on_issue_withdrawn(context(service), connection, event)
    assert await actions(service, case_id) == ["route", "withdraw"]
