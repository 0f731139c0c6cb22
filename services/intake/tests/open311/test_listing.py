"""Requests are listed by the 90-day and 1,000 rule, and publish nobody."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from intake.settings import IntakeSettings

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from .speaking import ROOT, get, requested, spark, texts

Tell = Callable[..., Any]
FIELDS = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip


def w3(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


async def aged(settings: IntakeSettings, request: str, days: float) -> None:
    """Let a request be that old."""
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.begin() as connection:
        values = {"at": datetime.now(UTC) - timedelta(days=days), "id": UUID(request)}
        await connection.execute(text("update issues set reported_at = :at where id = :id"), values)
    await engine.dispose()


async def listed(client: AsyncClient, **params: str) -> list[str]:
    return [one["service_request_id"] for one in await get(client, "requests.json", **params)]


async def shown_as(client: AsyncClient, request: str, status: str, steps: int) -> dict[str, Any]:
    """Return the request once it has that status and as many steps."""
    async with asyncio.timeout(15):
        while True:
            [shown] = await get(client, f"requests/{request}.json", extensions="true")
            if (shown["status"], len(shown["notes"])) == (status, steps):
                one: dict[str, Any] = shown
                return one
            await asyncio.sleep(0.05)


async def test_a_request_has_all_fields_and_no_other(client: AsyncClient) -> None:
    made = await requested(client, description="顶楼漏雨", media_url="https://pictures.example/1.jpg")
    [shown] = await get(client, f"requests/{made}.json")
    assert shown.keys() == FIELDS
    assert shown["requested_datetime"] == shown["updated_datetime"]
    assert datetime.fromisoformat(shown["requested_datetime"]).tzinfo is not None
    assert len(shown["requested_datetime"]) == len("2010-01-01T00:00:00Z")
    shown = {name: shown[name] for name in FIELDS - {"requested_datetime", "updated_datetime"}}
    assert shown == {
        "service_request_id": made,
        "status": "open",
        "status_notes": None,
        "service_name": "Roof leak",
        "service_code": "facility.roof-leak",
        "description": "顶楼漏雨",
        "agency_responsible": None,
        "service_notice": None,
        "expected_datetime": None,
        "address": "Lianbang New Town, Building 1, Lianbang New Town, Jinpu Community, Sanchajie Sub-district",
        "address_id": "sanchajie/jinpu/lianbang/b1",
        "zipcode": None,
        "lat": 26.0391,
        "long": 119.3244,
        "media_url": "https://pictures.example/1.jpg",
    }
    xml = await client.get(f"{ROOT}/requests/{made}.xml", params={"extensions": "true"})
    json = await get(client, f"requests/{made}.json", "zh-Hans", extensions="true")
    assert spark(ET.fromstring(xml.content)) == texts(json)


async def test_text_that_xml_cannot_write_is_replaced(client: AsyncClient) -> None:
    words = "<b>\u000b]]>&\ufffe 👩‍👩‍👧 \u202eمرحبا{{7*7}}';--"
    made = await requested(client, description=words)
    xml = await client.get(f"{ROOT}/requests/{made}.xml")
    [shown] = spark(ET.fromstring(xml.content))
    assert shown["description"] == words.replace("\u000b", "\ufffd").replace("\ufffe", "\ufffd")
    assert (await get(client, f"requests/{made}.json"))[0]["description"] == words


async def test_a_case_moves_its_request_and_closing_dates_it(client: AsyncClient, tell: Tell) -> None:
    made = await requested(client)
    case = UUID(made)
    for sequence, happened in enumerate((builders.routed, builders.accepted, builders.resolved), 1):
        await tell(happened(case), sequence)
    done = await shown_as(client, made, "open", 3)
    assert (done["agency_responsible"], done["expected_datetime"]) == ("Jinpu Community", w3(builders.DUE))
    assert done["status_notes"] == "Reported as done; please tell us whether it is: 已补好屋面"
    await tell(builders.verified(case), 4)
    await tell(builders.closed(case), 5, at=builders.AT + timedelta(hours=5))
    closed = await shown_as(client, made, "closed", 5)
    assert (closed["updated_datetime"], closed["status_notes"]) == ("2026-03-02T14:00:00Z", "Closed")
    assert [note["type"] for note in closed["notes"]] == ["routed", "accepted", "resolved", "verified", "closed"]
    assert closed["extended_attributes"] == {"channel": "open311", "state": "closed", "level": "community"}
    assert (await listed(client, status="closed"), await listed(client, status="open")) == ([made], [])
    assert await listed(client, status="open,closed") == [made]


async def test_the_range_is_the_latest_90_days_unless_one_is_asked_for(
    client: AsyncClient, settings: IntakeSettings
) -> None:
    old, recent = await requested(client), await requested(client)
    await aged(settings, old, 100)
    now = datetime.now(UTC)
    assert await listed(client) == [recent]
    assert await listed(client, start_date="", end_date="") == [recent]
    assert await listed(client, start_date=w3(now - timedelta(days=101))) == [old]
    assert await listed(client, end_date=w3(now - timedelta(days=50))) == [old]
    both = {"start_date": w3(now - timedelta(days=110)), "end_date": w3(now - timedelta(days=99))}
    assert await listed(client, **both) == [old]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"start_date": "yesterday"}, "start_date: must be a time with its zone, such as 2010-01-01T00:00:00Z"),
        ({"end_date": "2026-01-01T00:00:00"}, "end_date: must be a time with its zone, such as 2010-01-01T00:00:00Z"),
        (
            {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"},
            "end_date: must not lie before start_date, nor more than 90 days after it",
        ),
        (
            {"start_date": "2026-01-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
            "end_date: must not lie before start_date, nor more than 90 days after it",
        ),
        ({"start_date": "9999-12-31T00:00:00Z"}, "start_date: lies outside of what can be counted"),
        ({"end_date": "0001-01-01T00:00:00+08:00"}, "end_date: lies outside of what can be counted"),
        ({"status": "open,ajar"}, "status: must be open or closed"),
        ({"page_size": "1001"}, "page_size: must be a whole number from 1 to 1000"),
        ({"page_size": "0"}, "page_size: must be a whole number from 1 to 1000"),
        ({"page": "-1"}, "page: must be a whole number from 1 to 1000"),
        ({"page": "٣"}, "page: must be a whole number from 1 to 1000"),
    ],
)
async def test_a_bad_parameter_is_a_400_that_says_why(client: AsyncClient, params: dict[str, str], said: str) -> None:
    answer = await client.get(f"{ROOT}/requests.json", params=params)
    assert (answer.status_code, answer.json()) == (400, [{"code": 400, "description": said}])


async def test_an_unescaped_plus_sign_of_a_zone_is_understood(client: AsyncClient) -> None:
    answer = await client.get(f"{ROOT}/requests.json?start_date=2026-01-01T00:00:00+08:00")
    assert answer.status_code == 200


async def test_named_requests_override_everything_else(client: AsyncClient, settings: IntakeSettings) -> None:
    old, recent = await requested(client), await requested(client)
    await aged(settings, old, 400)
    named = {"service_request_id": f"{old}, {uuid4()},no-such", "status": "ajar", "start_date": "yesterday"}
    assert await listed(client, **named, page="x") == [old]
    assert await listed(client, service_request_id=f"{recent},{old}") == [recent, old]
    assert await listed(client, service_request_id="no-such") == []


async def test_services_filter_and_pages_follow_each_other(client: AsyncClient) -> None:
    made = [await requested(client, service_code=code) for code in ("facility.gate", "facility.roof-leak") * 2]
    newest = made[::-1]
    assert await listed(client, service_code="facility.gate") == [newest[1], newest[3]]
    assert await listed(client, service_code="facility.gate,facility.roof-leak,facility.no-such") == newest
    assert await listed(client, page_size="3") == newest[:3]
    assert await listed(client, page_size="3", page="2") == newest[3:]
    assert await listed(client, page_size="3", page="3") == []


async def test_no_more_than_a_thousand_are_listed(client: AsyncClient, settings: IntakeSettings) -> None:
    made = await requested(client)
    engine = create_async_engine(settings.database_url.get_secret_value())
    copy = """
        insert into issues (id, tracking_code, category, category_given, confidential, area, description, language,
                            source, reported_at)
        select gen_random_uuid(), 'code' || n, category, true, false, area, description, language, source, reported_at
        from issues, generate_series(1, 1000) n where id = :id
    """
    async with engine.begin() as connection:
        await connection.execute(text(copy), {"id": UUID(made)})
    await engine.dispose()
    assert len(await listed(client)) == 1000
    assert len(await listed(client, page="2")) == 1


async def test_confidential_matters_are_never_listed(client: AsyncClient) -> None:
    made = await requested(client, service_code="dispute.neighbour")
    assert await listed(client) == await listed(client, service_request_id=made) == []
    assert (await client.get(f"{ROOT}/requests/{made}.json")).status_code == 404


async def test_of_other_channels_no_words_are_published_and_no_door(client: AsyncClient, tell: Tell) -> None:
    report = {
        "description": "住在502，家里漏水",
        "category": "facility.roof-leak",
        "location": {"lat": 26.03911234, "lon": 119.32441234},
        "address": "联邦新城1号楼502",
        "attributes": {"leaks-when": "rain"},
    }
    made = (await client.post("/v1/issues", json=report)).json()["id"]
    await tell(builders.routed(UUID(made)), 1)
    shown = await shown_as(client, made, "open", 1)
    assert "502" not in str(shown)
    assert (shown["lat"], shown["long"], shown["service_code"]) == (26.039, 119.324, "facility.roof-leak")
    assert (shown["description"], shown["status_notes"], shown["attributes"]) == (None, None, [])
    assert shown["notes"][0]["description"] is None


async def test_numbers_that_lead_to_a_person_are_masked(client: AsyncClient) -> None:
    place = {"lat": "", "long": "", "address_string": "联邦新城3号楼 13800000000"}
    made = await requested(client, **place, description="请打 13800000000", **{"attribute[leaks-when]": "rain"})
    [shown] = await get(client, f"requests/{made}.json", extensions="true")
    assert (shown["description"], shown["address"]) == ("请打 ***", "联邦新城3号楼 ***")
    assert shown["attributes"] == [{"code": "leaks-when", "label": "When does it leak?", "value": "rain"}]
