"""Front ends hear what happens to requests, and add to them, as mySociety's extension says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from .speaking import KEY, ROOT, get, post, requested, spark
from .test_listing import shown_as

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


def update(request: str, **change: str) -> dict[str, str]:
    return {
        "api_key": KEY,
        "service_request_id": request,
        "update_id": "u-1",
        "updated_datetime": "2026-03-02T10:00:00+08:00",
        "status": "OPEN",
        "description": "还在漏，请打 13800000000",
        **change,
    }


def since(at: datetime = builders.AT) -> dict[str, str]:
    return {"start_date": (at - timedelta(days=1)).isoformat(), "end_date": (at + timedelta(days=1)).isoformat()}


async def test_steps_and_supplements_are_updates(client: AsyncClient, tell: Tell) -> None:
    made = await requested(client)
    await tell(builders.routed(UUID(made)), 1)
    await shown_as(client, made, "open", 1)
    answer = await post(client, "servicerequestupdates.json", update(made))
    assert answer.status_code == 201
    [added] = answer.json()
    [step] = await get(client, "servicerequestupdates.json", **since())
    assert step == {
        "update_id": f"{made}.{1:012d}",
        "service_request_id": made,
        "status": "open",
        "updated_datetime": "2026-03-02T09:00:00Z",
        "description": "Given to Jinpu Community; responsible: 例锦心, Community grid head",
        "media_url": None,
    }
    [latest] = await get(client, "servicerequestupdates.json", service_request_id=made)
    assert (latest["update_id"], latest["description"]) == (added["update_id"], "还在漏，请打 ***")
    assert await get(client, "servicerequestupdates.json", service_request_id=str(uuid4())) == []
    assert await get(client, "servicerequestupdates.json", service_request_id="no-such") == []
    xml = await client.get(f"{ROOT}/servicerequestupdates.xml")
    root = ET.fromstring(xml.content)
    assert (root.tag, root[0].tag, spark(root)[0]["update_id"]) == (
        "service_request_updates",
        "request_update",
        added["update_id"],
    )


async def test_the_same_update_twice_is_one(client: AsyncClient, token: Token) -> None:
    made = await requested(client)
    first = await post(client, "servicerequestupdates.json", update(made, media_url="https://pictures.example/2.jpg"))
    again = await post(client, "servicerequestupdates.json", update(made, description="又一次"))
    other = await post(client, "servicerequestupdates.json", update(made, update_id="u-2"))
    assert first.json() == again.json() != other.json()
    shown = (await client.get(f"/v1/issues/{made}/supplements", headers=token("staff"))).json()
    assert [(one["description"], one["client"], one["media_url"]) for one in shown] == [
        ("还在漏，请打 13800000000", "city-app", "https://pictures.example/2.jpg"),
        ("还在漏，请打 13800000000", "city-app", None),
    ]


async def test_a_status_that_is_posted_moves_nothing(client: AsyncClient) -> None:
    made = await requested(client)
    await post(client, "servicerequestupdates.json", update(made, status="CLOSED"))
    [shown] = await get(client, f"requests/{made}.json")
    [added] = await get(client, "servicerequestupdates.json")
    assert (shown["status"], added["status"]) == ("open", "open")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"api_key": "wrong"}, 403, ["The api_key is not valid."]),
        ({"service_request_id": str(uuid4())}, 404, ["There is no such issue."]),
        ({"service_request_id": "no-such"}, 404, ["There is no such issue."]),
        ({"status": "AJAR"}, 400, ["status: must be OPEN or CLOSED"]),
        ({"updated_datetime": "now", "description": ""}, 400, [
            "description: is missing",
            "updated_datetime: must be a time with its zone, such as 2010-01-01T00:00:00Z",
        ]),
        ({"update_id": "u" * 201}, 400, ["update_id: must be no longer than 200 characters"]),
        ({"description": "长" * 4001}, 400, ["description: must be no longer than 4000 characters"]),
    ],
)  # fmt: skip
async def test_a_bad_update_is_refused_with_the_reason(
    client: AsyncClient, change: dict[str, str], status: int, said: list[str]
) -> None:
    made = await requested(client)
    answer = await post(client, "servicerequestupdates.json", update(made, **change))
    assert (answer.status_code, [error["description"] for error in answer.json()]) == (status, said)
    assert await get(client, "servicerequestupdates.json") == []


async def test_updates_of_confidential_matters_are_kept_and_not_published(client: AsyncClient, token: Token) -> None:
    made = await requested(client, service_code="dispute.neighbour")
    assert (await post(client, "servicerequestupdates.json", update(made))).status_code == 201
    assert await get(client, "servicerequestupdates.json") == []
    assert (await client.get(f"/v1/issues/{made}/supplements", headers=token("staff"))).status_code == 403
    kept = await client.get(f"/v1/issues/{made}/supplements", headers=token("supervisor"))
    assert len(kept.json()) == 1


async def test_words_added_to_other_channels_are_not_published(client: AsyncClient) -> None:
    made = (await client.post("/v1/issues", json={"description": "灯坏了"})).json()["id"]
    assert (await post(client, "servicerequestupdates.json", update(made))).status_code == 201
    [added] = await get(client, "servicerequestupdates.json")
    assert (added["service_request_id"], added["description"]) == (made, None)


async def test_pages_of_updates_follow_each_other(client: AsyncClient) -> None:
    made = await requested(client)
    for number in range(3):
        await post(client, "servicerequestupdates.json", update(made, update_id=f"u-{number}"))
    pages = [
        [one["update_id"] for one in await get(client, "servicerequestupdates.json", page=page, page_size="2")]
        for page in ("1", "2", "3")
    ]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert len({one for page in pages for one in page}) == 3
    now = datetime.now(UTC)
    assert await get(client, "servicerequestupdates.json", **since(now - timedelta(days=2))) == []
