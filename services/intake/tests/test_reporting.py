"""A report is accepted whole or refused with its reason, and what is personal stays in intake."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from intake.main import create_app
from intake.settings import IntakeSettings
from intake.tables import metadata
from linli.chassis.cipher import UnreadableError
from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.database import schema_drift
from linli.messaging import tables as messaging_tables
from linli.messaging.connect import open_transport
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .conftest import CONTACT_KEY, draining

REPORT = {"description": "三号楼楼顶漏雨，顶层住户家里滴水", "area": "sanchajie/jinpu/lianbang/b3"}


async def rows(settings: IntakeSettings, table: str) -> list[Any]:
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.connect() as connection:
        found = (await connection.execute(text(f"select * from {table}"))).all()
    await engine.dispose()
    return list(found)


async def test_a_report_is_accepted_with_a_code_to_follow_it(client: AsyncClient) -> None:
    answer = await client.post("/v1/issues", json=REPORT)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"/v1/track/{body['tracking_code']}"
    tracked = (await client.get(answer.headers["location"])).json()
    assert (tracked["state"], tracked["category"]) == ("received", "facility.roof-leak")
    assert tracked["area"] == "sanchajie/jinpu/lianbang/b3"
    assert tracked["steps"][0]["text"] == "已收到诉求"


async def test_codes_are_all_different_and_long_enough(client: AsyncClient) -> None:
    codes = {(await client.post("/v1/issues", json=REPORT)).json()["tracking_code"] for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 16 for code in codes)


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ({"area": "sanchajie/jinpu"}, "sanchajie/jinpu"),
        ({"location": {"lat": 26.0391, "lon": 119.3244}}, "sanchajie/jinpu/lianbang/b1"),
        ({"location": {"lat": 0, "lon": 0}}, "sanchajie"),
        ({}, "sanchajie"),
        ({"area": "sanchajie/jinpu", "location": {"lat": 26.0391, "lon": 119.3244}}, "sanchajie/jinpu"),
    ],
)
async def test_a_report_finds_its_place(client: AsyncClient, place: dict[str, Any], area: str) -> None:
    code = (await client.post("/v1/issues", json={"description": "灯坏了", **place})).json()["tracking_code"]
    assert (await client.get(f"/v1/track/{code}")).json()["area"] == area


async def test_words_that_suggest_nothing_are_general(client: AsyncClient) -> None:
    code = (await client.post("/v1/issues", json={"description": "？？"})).json()["tracking_code"]
    assert (await client.get(f"/v1/track/{code}")).json()["category"] == "general.other"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": ""}, "description"),
        ({"description": "   \n"}, "description"),
        ({"description": "长" * 4001}, "description"),
        ({"description": 7}, "description"),
        ({"description": "a\u0000b"}, "description"),
        ({"category": "facility.no-such"}, "category"),
        ({"category": "nonsense"}, "category"),
        ({"area": "sanchajie/atlantis"}, "area"),
        ({"area": "../etc"}, "area"),
        ({"location": {"lat": 91, "lon": 0}}, "location.lat"),
        ({"location": {"lat": 1}}, "location.lon"),
        ({"source": "carrier-pigeon"}, "source"),
        ({"language": "fr"}, "language"),
        ({"reporter": {"name": "x" * 81}}, "reporter.name"),
        ({"reporter": {"identity_card": "1"}}, "reporter.identity_card"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_report_is_refused_and_names_the_field(
    client: AsyncClient, settings: IntakeSettings, change: dict[str, Any], field: str
) -> None:
    answer = await client.post("/v1/issues", json={**REPORT, **change})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await rows(settings, "issues") == await rows(settings, "outbox") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1,2", b'{"description": "\xff"}', b'{"description": "\\ud800"}'])
async def test_broken_json_is_refused(client: AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/issues", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_over_the_limit_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/v1/issues", json={"description": "x" * 1_000_001})
    assert answer.status_code == 413


async def test_the_longest_allowed_description_is_accepted(client: AsyncClient) -> None:
    assert (await client.post("/v1/issues", json={"description": "长" * 4000})).status_code == 201


async def test_the_same_key_reports_once_and_answers_the_same(client: AsyncClient, settings: IntakeSettings) -> None:
    headers = {"Idempotency-Key": "phone-7-report-1"}
    answers = await asyncio.gather(*(client.post("/v1/issues", json=REPORT, headers=headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await rows(settings, "issues")) == 1


async def test_reports_are_counted_once_each_by_the_channel_that_they_came_through(client: AsyncClient) -> None:
    key = {"Idempotency-Key": "phone-7-report-1"}
    for source in ("app", "app", "hotline"):
        await client.post("/v1/issues", json={**REPORT, "source": source})
    for _ in range(3):
        await client.post("/v1/issues", json=REPORT, headers=key)
    await client.post("/v1/issues", json={**REPORT, "source": "visit", "category": "facility.no-such"})
    exposed = (await client.get("/metrics")).text
    counted = {"app": 2, "hotline": 1, "web": 1, "visit": 0, "import": 0, "mini-program": 0}
    for channel, number in counted.items():
        assert f'linli_reports_accepted_total{{channel="{channel}"}} {number}.0' in exposed


async def test_the_same_key_with_another_body_is_refused(client: AsyncClient) -> None:
    headers = {"Idempotency-Key": "phone-7-report-1"}
    await client.post("/v1/issues", json=REPORT, headers=headers)
    answer = await client.post("/v1/issues", json={**REPORT, "description": "别的"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/idempotency-key-reused")


async def test_without_a_token_a_key_that_others_might_use_too_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/v1/issues", json=REPORT, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_two_callers_may_use_the_same_key(client: AsyncClient, token: Callable[..., dict[str, str]]) -> None:
    key = {"Idempotency-Key": "1"}
    one = await client.post("/v1/issues", json=REPORT, headers={**key, **token("staff", subject="a")})
    other = await client.post("/v1/issues", json=REPORT, headers={**key, **token("staff", subject="b")})
    assert one.json()["id"] != other.json()["id"]


async def test_what_is_personal_reaches_neither_the_event_nor_the_issue_nor_the_log(
    client: AsyncClient, settings: IntakeSettings, bus: Transport, capsys: pytest.CaptureFixture[str]
) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.#"]))
    said = "楼道灯不亮，请打１３８０５９１００００或 0591-83330000，邮箱 someone@example.org，身份证 350102199001011234"
    reporter = {"name": "例某人", "contact": "13805910001"}
    await client.post("/v1/issues", json={"description": said, "reporter": reporter})
    async with asyncio.timeout(15), draining(bus, "listener") as next_event:
        event = await next_event()
    assert event["data"]["description"] == "楼道灯不亮，请打***或 ***，邮箱 ***，身份证 ***"
    log = "".join(capsys.readouterr())
    seen = [str(await rows(settings, table)) for table in ("issues", "outbox", "reporters")] + [str(event), log]
    assert not [text for text in seen if "例某人" in text or "13805910001" in text]
    assert "１３８０５９１００００" not in log


async def test_a_confidential_description_never_leaves_intake(client: AsyncClient, bus: Transport) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.#"]))
    categories = (await client.get("/v1/categories")).json()
    secret = next(one["code"] for one in categories if one["confidential"])
    await client.post("/v1/issues", json={"description": "家里的难处", "category": secret})
    async with asyncio.timeout(15), draining(bus, "listener") as next_event:
        assert (await next_event())["data"]["description"] is None


async def test_details_leave_intake_as_codes_and_of_confidential_matters_not_at_all(
    client: AsyncClient, bus: Transport
) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.#"]))
    details = {"persons-trapped": "yes", "floor": "6-10", "phone": "13805910000", "who": "例某人 被打"}
    categories = (await client.get("/v1/categories")).json()
    secret = next(one["code"] for one in categories if one["confidential"])
    await client.post("/v1/issues", json={**REPORT, "attributes": details})
    await client.post("/v1/issues", json={"description": "家里的难处", "category": secret, "attributes": details})
    async with asyncio.timeout(15), draining(bus, "listener") as next_event:
        told = [(await next_event())["data"] for _ in range(2)]
    by_category = {one["category"]: one["attributes"] for one in told}
    assert by_category.pop(secret) == {}
    assert list(by_category.values()) == [{"persons-trapped": "yes", "floor": "6-10"}]


async def test_a_report_is_accepted_while_the_transport_is_away(
    client: AsyncClient, bus: Transport, bus_url: str
) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.#"]))
    engine = create_async_engine(bus_url)
    async with engine.begin() as connection:
        await connection.execute(text("alter table bus_messages rename to gone"))
    assert (await client.post("/v1/issues", json=REPORT)).status_code == 201
    async with engine.begin() as connection:
        await connection.execute(text("alter table gone rename to bus_messages"))
    await engine.dispose()
    async with asyncio.timeout(30), draining(bus, "listener") as next_event:
        assert (await next_event())["type"] == "linli.issue.reported.v1"


def test_a_contact_can_be_read_for_its_own_issue_only() -> None:
    cipher, one, other = ContactCipher(SecretStr(CONTACT_KEY)), uuid4(), uuid4()
    stored = cipher.encrypt(one, Contact("例某人", None))
    assert cipher.decrypt(one, stored) == Contact("例某人", None)
    assert "例某人" not in repr(cipher.decrypt(one, stored))
    for issue, changed in ((other, stored), (one, stored[:-1] + b"x"), (one, b"")):
        with pytest.raises(UnreadableError):
            cipher.decrypt(issue, changed)


async def test_a_report_with_a_wrong_token_is_refused_rather_than_taken_as_anonymous(
    client: AsyncClient, token: Callable[..., dict[str, str]]
) -> None:
    expired = token("staff", lifetime=timedelta(hours=-1))
    for headers in (expired, {"Authorization": "Bearer not.a.token"}):
        assert (await client.post("/v1/issues", json=REPORT, headers=headers)).status_code == 401


async def test_the_migrations_make_the_tables_that_the_code_knows(
    client: AsyncClient, settings: IntakeSettings
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    everything = MetaData()
    for one in (metadata, messaging_tables.metadata):
        for table in one.tables.values():
            table.to_metadata(everything)
    engine = create_async_engine(settings.database_url.get_secret_value())
    drift = [change for change in await schema_drift(engine, everything) if "alembic_version" not in change]
    await engine.dispose()
    assert drift == []


async def test_while_too_much_waits_for_the_broker_reports_are_refused_and_say_when_to_come_again(
    settings: IntakeSettings, bus_url: str
) -> None:
    # Without workers nothing is passed on, as when the broker is away.
    app = create_app(settings.model_copy(update={"role": "api", "outbox_max_rows": 3}), open_transport(bus_url))
    async with app.router.lifespan_context(app), AsyncClient(transport=ASGITransport(app), base_url="http://in") as api:
        accepted = 0
        async with asyncio.timeout(20):
            while (answer := await api.post("/v1/issues", json=REPORT)).status_code == 201:
                accepted += 1
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert answer.json()["type"].endswith("/outbox-full")
        assert (await api.get("/v1/categories")).status_code == 200
    assert accepted >= 3
    assert len(await rows(settings, "issues")) == len(await rows(settings, "outbox")) == accepted
