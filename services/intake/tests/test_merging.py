"""Staff merge issues that are one matter; each reporter is told how the matter goes on."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from httpx import AsyncClient, Response

from linli.contracts import CaseMerged, CaseMergeRefused
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from . import builders
from .conftest import draining
from .test_following import reported, tracked

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


async def merge(client: AsyncClient, token: Token, issue: UUID, into: UUID, *, area: str = "sanchajie") -> Response:
    body = {"into": str(into)}
    return await client.post(f"/v1/issues/{issue}/merge", json=body, headers=token("staff", areas=[area]))


async def unmerge(client: AsyncClient, token: Token, issue: UUID) -> Response:
    return await client.post(f"/v1/issues/{issue}/unmerge", headers=token("staff", areas=["sanchajie"]))


async def test_a_merge_is_told_once_and_shown_when_routing_has_done_it(
    client: AsyncClient, token: Token, bus: Transport
) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.merged.#", "issue.unmerged.#"]))
    (issue, code), (into, _) = await reported(client), await reported(client)
    first, again = await merge(client, token, issue, into), await merge(client, token, issue, into)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["merged_into"] == str(into)
    assert (await unmerge(client, token, issue)).json()["merged_into"] is None
    async with draining(bus, "listener") as next_event:
        events = [await next_event(), await next_event()]
    assert [event["type"] for event in events] == ["linli.issue.merged.v1", "linli.issue.unmerged.v1"]
    assert [event["sequence"] for event in events] == [f"{2:012d}", f"{3:012d}"]
    assert (await tracked(client, code, 1))["state"] == "received"


async def test_the_reporter_of_a_merged_issue_sees_how_the_other_goes_on(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    (issue, code), (into, other_code) = await reported(client), await reported(client, description="别人的话")
    await merge(client, token, issue, into)
    merged = CaseMerged(category="facility.roof-leak", area=builders.AREA, case_id=issue, into=into)
    await tell(builders.routed(issue), 1)
    await tell(merged, 2)
    for sequence, happened in enumerate((builders.routed, builders.accepted, builders.resolved), 1):
        await tell(happened(into), sequence)
    await tracked(client, other_code, 4)
    shown = await tracked(client, code, 3, "en")
    assert shown["state"] == "merged"
    assert shown["together"]["state"] == "resolved"
    assert shown["together"]["handler"]["name"] == "例锦心"
    assert "别人的话" not in str(shown)
    assert other_code not in str(shown)
    assert shown["steps"][-1]["text"] == "Handled together with another report of the same matter"


async def test_a_merge_that_routing_refuses_leaves_the_issue_by_itself_free_for_another(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    (issue, code), (into, _), (third, _) = [await reported(client) for _ in range(3)]
    refused = CaseMergeRefused(category=builders.CATEGORY, area=builders.AREA, case_id=issue, into=into)
    await tell(builders.routed(issue), 1)
    await merge(client, token, issue, into)
    await tell(refused, 2)
    shown = await tracked(client, code, 3, "en")
    assert (shown["state"], shown["together"]) == ("received", None)
    assert shown["steps"][-1]["text"] == "Not handled together with another report after all"
    assert (await merge(client, token, issue, third)).json()["merged_into"] == str(third)
    await tell(refused, 3)
    await tracked(client, code, 4)
    assert (await merge(client, token, issue, into)).status_code == 409, "the later merge stands"


async def test_what_cannot_be_merged_is_refused_and_nothing_is_told(client: AsyncClient, token: Token) -> None:
    (issue, _), (into, _), (third, _) = [await reported(client) for _ in range(3)]
    itself = await merge(client, token, issue, issue)
    assert (itself.status_code, itself.json()["detail"]) == (409, "an issue cannot be merged into itself.")
    assert (await merge(client, token, issue, uuid4())).status_code == 404
    assert (await unmerge(client, token, issue)).status_code == 409
    await merge(client, token, issue, into)
    twice = await merge(client, token, issue, third)
    assert twice.status_code == 409
    assert "merged into" in twice.json()["detail"]
    chained = await merge(client, token, third, issue)
    assert chained.status_code == 409


async def test_an_ended_issue_is_not_merged(client: AsyncClient, tell: Tell, token: Token) -> None:
    (issue, code), (into, _) = await reported(client), await reported(client)
    for sequence, happened in enumerate((builders.routed, builders.closed), 1):
        await tell(happened(issue), sequence)
    await tracked(client, code, 3)
    refused = await merge(client, token, issue, into)
    assert (refused.status_code, refused.json()["detail"]) == (409, f"issue {issue} is closed.")


async def test_only_staff_who_see_both_merge_them(client: AsyncClient, token: Token) -> None:
    (issue, _), (into, _) = await reported(client), await reported(client)
    assert (await merge(client, token, issue, into, area="sanchajie/heyuan")).status_code == 403
    handler = await client.post(f"/v1/issues/{issue}/merge", json={"into": str(into)}, headers=token("handler"))
    assert handler.status_code == 403
    assert (await client.post(f"/v1/issues/{issue}/merge", json={"into": str(into)})).status_code == 401
