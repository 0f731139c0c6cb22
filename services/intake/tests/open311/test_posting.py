"""A request is posted as GeoReport v2 says, or refused with all that is wrong with it."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from intake.settings import IntakeSettings

from .speaking import KEY, NEEDED, ROOT, get, post, requested, spark

Token = Callable[..., dict[str, str]]
NO_URL = "media_url: must begin with http:// or https:// and be no longer than 2000 characters"


async def errors(client: AsyncClient, fields: dict[str, Any], status: int = 400) -> list[str]:
    """Return what is said about a request that is refused."""
    answer = await post(client, "requests.json", fields)
    assert answer.status_code == status, answer.text
    return [error["description"] for error in answer.json()]


async def count(settings: IntakeSettings, table: str) -> int:
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.connect() as connection:
        number: int = (await connection.execute(text(f"select count(*) from {table}"))).scalar_one()
    await engine.dispose()
    return number


async def test_a_request_gets_its_id_and_a_code_to_follow_it(client: AsyncClient) -> None:
    answer = await post(client, "requests.json", {**NEEDED, "description": "顶楼漏雨"}, **{"Accept-Language": "en"})
    assert answer.status_code == 201
    [made] = answer.json()
    assert made.keys() == {"service_request_id", "service_notice", "account_id"}
    assert isinstance(made["service_request_id"], str)
    code = made["service_notice"].removeprefix("Keep the code ").partition(":")[0]
    tracked = (await client.get(f"/v1/track/{code}")).json()
    assert (tracked["category"], tracked["area"]) == ("facility.roof-leak", "sanchajie/jinpu/lianbang/b1")
    assert await get(client, f"tokens/{code}.json") == [
        {"service_request_id": made["service_request_id"], "token": code}
    ]


async def test_the_answer_in_xml_is_a_list_of_requests(client: AsyncClient) -> None:
    answer = await post(client, "requests.xml", NEEDED)
    [made] = spark(ET.fromstring(answer.content))
    assert (answer.status_code, len(made["service_request_id"]), made["account_id"]) == (201, 36, None)


@pytest.mark.parametrize("key", [None, "", "wrong", "a-key-for-tests2"])
async def test_without_its_key_nobody_posts(client: AsyncClient, settings: IntakeSettings, key: str | None) -> None:
    fields = {**NEEDED, "api_key": key} if key is not None else {k: v for k, v in NEEDED.items() if k != "api_key"}
    said = await errors(client, fields, 403)
    assert said == ["The api_key is not valid." if key else "An api_key is needed."]
    assert await count(settings, "issues") == 0


async def test_a_key_in_the_address_lets_nobody_in(client: AsyncClient) -> None:
    answer = await client.post(
        f"{ROOT}/requests.json?api_key={KEY}",
        content="service_code=facility.gate&address_id=sanchajie",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"service_code": ""}, "service_code: is missing"),
        ({"lat": "", "long": ""}, "location: give exactly one of lat with long, address_string, or address_id"),
        ({"address_string": "某处"}, "location: give exactly one of lat with long, address_string, or address_id"),
        ({"address_id": "sanchajie"}, "location: give exactly one of lat with long, address_string, or address_id"),
        ({"long": ""}, "long: is missing: lat and long go together"),
        ({"lat": "north"}, "lat: must be a number of degrees"),
        ({"lat": "91"}, "lat: must lie from -90 to 90"),
        ({"long": "nan"}, "long: must lie from -180 to 180"),
        ({"description": "长" * 4001}, "description: must be no longer than 4000 characters"),
        ({"description": "a\0b"}, "description: must hold no NUL"),
        ({"media_url": "javascript:alert(1)"}, NO_URL),
        ({"media_url": "http://[bad"}, NO_URL),
        ({"media_url": f"http://{'x' * 2000}.example"}, NO_URL),
        ({"email": "x" * 160}, "email: must be no longer than 159 characters"),
        ({"attribute[no-such]": "x"}, "attribute[no-such]: the service has no such attribute"),
        ({"attribute[leaks-when]": "never"}, "attribute[leaks-when]: must be of: rain, always"),
        ({"attribute[leaks-when][]": ["rain", "always"]}, "attribute[leaks-when]: one answer is needed"),
        ({"attribute[leaks-since]": "of old"}, "attribute[leaks-since]: must be a date or time of ISO 8601"),
        ({"service_code": "facility.lift-fault"}, "attribute[persons-trapped]: an answer is needed"),
        ({"service_code": ["facility.gate", "facility.gate"]}, "service_code: is given twice"),
    ],
)  # fmt: skip
async def test_a_bad_request_is_a_400_that_says_why(
    client: AsyncClient, settings: IntakeSettings, change: dict[str, Any], said: str
) -> None:
    assert await errors(client, {**NEEDED, **change}) == [said]
    assert await count(settings, "issues") == 0


async def test_an_unknown_service_is_a_404(client: AsyncClient) -> None:
    said = await errors(client, {**NEEDED, "service_code": "facility.no-such"}, 404)
    assert said == ["service_code: there is no such service"]


async def test_another_jurisdiction_is_a_404(client: AsyncClient) -> None:
    said = await errors(client, {**NEEDED, "jurisdiction_id": "city.gov"}, 404)
    assert said == ["There is no such jurisdiction_id."]


async def test_several_errors_are_told_at_once(client: AsyncClient) -> None:
    answer = await post(
        client,
        "requests.xml",
        {"api_key": KEY, "service_code": "facility.no-such", "lat": "x", "long": "181", "media_url": "ftp://x/y"},
    )
    assert answer.status_code == 400
    told = spark(ET.fromstring(answer.content))
    assert [(error["code"], error["description"].partition(":")[0]) for error in told] == [
        ("404", "service_code"),
        ("400", "lat"),
        ("400", "long"),
        ("400", "media_url"),
    ]


async def test_an_empty_parameter_is_none(client: AsyncClient) -> None:
    empty = dict.fromkeys(
        ("address_string", "address_id", "email", "phone", "media_url", "attribute[leaks-when]", "jurisdiction_id"), ""
    )
    assert await requested(client, **empty)


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ({"address_id": "sanchajie/jinpu"}, "sanchajie/jinpu"),
        ({"address_string": "联邦新城3号楼402"}, "sanchajie/jinpu/lianbang/b3"),
        ({"address_string": "某处"}, "sanchajie"),
        ({"lat": "0", "long": "0"}, "sanchajie"),
    ],
)
async def test_each_way_to_say_where_leads_to_a_unit(client: AsyncClient, place: dict[str, str], area: str) -> None:
    made = await requested(client, **{"lat": "", "long": "", **place})
    [shown] = await get(client, f"requests/{made}.json")
    assert shown["address_id"] == area


async def test_an_unknown_address_id_is_refused(client: AsyncClient) -> None:
    fields = {"api_key": KEY, "service_code": "facility.gate", "address_id": "sanchajie/atlantis"}
    assert await errors(client, fields) == ["address_id: there is no such address"]


async def test_answers_are_kept_in_both_forms(client: AsyncClient, token: Token) -> None:
    noise = {
        "service_code": "environment.noise",
        "attribute[noise-of][]": ["trade", "square-dance"],
        "attribute[nights-a-week]": "5",
        "attribute[at-its-worst]": "晚上九点\n以后",
    }
    made = await requested(client, **noise)
    staff = (await client.get(f"/v1/issues/{made}", headers=token("staff"))).json()
    assert staff["attributes"] == {
        "noise-of": ["trade", "square-dance"],
        "nights-a-week": "5",
        "at-its-worst": "晚上九点\n以后",
    }


async def test_who_reported_is_kept_apart_and_shown_to_who_calls_back(client: AsyncClient, token: Token) -> None:
    who = {"first_name": "某", "last_name": "例", "phone": "13800000000", "email": "a@b.example", "device_id": "d1"}
    made = await requested(client, **who)
    shown = (await client.get(f"/v1/issues/{made}", headers=token("staff"))).json()
    assert (shown["has_contact"], shown["source"]) == (True, "open311")
    assert "13800000000" not in str(shown)
    assert "13800000000" not in str(await get(client, f"requests/{made}.json", extensions="true"))


async def test_the_same_idempotency_key_requests_once(client: AsyncClient, settings: IntakeSettings) -> None:
    first = await post(client, "requests.json", NEEDED, **{"Idempotency-Key": "once"})
    again = await post(client, "requests.json", NEEDED, **{"Idempotency-Key": "once"})
    other = await post(client, "requests.json", {**NEEDED, "description": "另一件"}, **{"Idempotency-Key": "once"})
    assert first.json() == again.json()
    assert (other.status_code, await count(settings, "issues")) == (400, 1)


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"{}", "application/json", "Send a form: application/x-www-form-urlencoded."),
        (b"", "multipart/form-data; boundary=x", "Send a form: application/x-www-form-urlencoded."),
        (b"description=%ff", "application/x-www-form-urlencoded", "The form is not UTF-8."),
        (b"description=\xff", "application/x-www-form-urlencoded", "The form is not UTF-8."),
        (b"a[]=1&" * 10_000, "application/x-www-form-urlencoded", "A form has at most 200 fields."),
    ],
    ids=["JSON", "multipart", "escaped", "raw", "many"],
)
async def test_a_body_that_is_no_form_is_a_400(client: AsyncClient, content: bytes, kind: str, said: str) -> None:
    answer = await client.post(f"{ROOT}/requests.json", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()) == (400, [{"code": 400, "description": said}])


async def test_a_body_over_the_limit_is_a_400(client: AsyncClient) -> None:
    answer = await post(client, "requests.json", {**NEEDED, "description": "x" * 1_000_001})
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)


async def test_the_key_is_in_no_log(client: AsyncClient, capfd: pytest.CaptureFixture[str]) -> None:
    await requested(client, description="某人的事")
    await errors(client, {**NEEDED, "api_key": f"{KEY}-wrong"}, 403)
    printed = capfd.readouterr()
    assert KEY not in printed.out + printed.err
    assert "某人的事" not in printed.out + printed.err
