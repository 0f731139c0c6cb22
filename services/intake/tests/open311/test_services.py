"""What there is to report, as GeoReport v2 and its service discovery describe it."""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient

from linli.district import load_district

from .speaking import ROOT, get, spark, texts


@pytest.mark.parametrize(
    "path", ["discovery", "services", "services/facility.lift-fault", "services/facility.gate", "requests"]
)
async def test_xml_and_json_say_the_same(client: AsyncClient, path: str) -> None:
    xml = await client.get(f"{ROOT}/{path}.xml")
    json = await client.get(f"{ROOT}/{path}.json")
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    assert json.headers["content-type"] == "application/json; charset=utf-8"
    assert xml.content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert b"xmlns" not in xml.content
    assert spark(ET.fromstring(xml.content)) == texts(json.json())


async def test_discovery_has_all_fields(client: AsyncClient) -> None:
    told = await get(client, "discovery.json")
    [endpoint] = told.pop("endpoints")
    assert datetime.fromisoformat(told.pop("changeset")) == datetime.fromisoformat(endpoint.pop("changeset"))
    assert told == {"contact": "三叉街街道", "key_service": "三叉街街道"}
    assert endpoint == {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": "http://intake/open311/v2",
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }


async def test_discovery_knows_of_tls_in_front_of_it(client: AsyncClient) -> None:
    told = await client.get(f"{ROOT}/discovery.json", headers={"X-Forwarded-Proto": "https", "Host": "city.example"})
    assert told.json()["endpoints"][0]["url"] == "https://city.example/open311/v2"


async def test_services_are_a_bare_array_of_the_catalogue(client: AsyncClient) -> None:
    services = await get(client, "services.json")
    assert [one["service_code"] for one in services] == list(load_district().categories)
    [lift] = [one for one in services if one["service_code"] == "facility.lift-fault"]
    assert lift == {
        "service_code": "facility.lift-fault",
        "service_name": "Lift fault",
        "description": "Done when: Inspected and running",
        "metadata": True,
        "type": "realtime",
        "keywords": "电梯故障, 困人, 电梯坏, 電梯, lift, elevator, stuck",
        "group": "facility",
    }
    [gate] = [one for one in services if one["service_code"] == "facility.gate"]
    assert gate["metadata"] is False


async def test_a_definition_asks_in_the_readers_language(client: AsyncClient) -> None:
    definition = await get(client, "services/facility.lift-fault.json")
    assert definition == {
        "service_code": "facility.lift-fault",
        "attributes": [
            {
                "variable": True,
                "code": "persons-trapped",
                "datatype": "singlevaluelist",
                "required": True,
                "datatype_description": None,
                "order": 1,
                "description": "Is anybody trapped?",
                "values": [{"key": "yes", "name": "Yes"}, {"key": "no", "name": "No"}],
            },
            {
                "variable": True,
                "code": "floor",
                "datatype": "string",
                "required": False,
                "datatype_description": "12 or B1 for example",
                "order": 2,
                "description": "At which floor does it stand?",
            },
        ],
    }
    chinese = await get(client, "services/facility.lift-fault.json", "zh-Hans")
    assert chinese["attributes"][0]["description"] == "有人被困吗"


async def test_every_datatype_of_the_specification_is_used(client: AsyncClient) -> None:
    codes = ("facility.lift-fault", "facility.roof-leak", "environment.noise")
    asked = [question for code in codes for question in (await get(client, f"services/{code}.json"))["attributes"]]
    used = {question["datatype"] for question in asked}
    assert used == {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


async def test_a_service_without_questions_has_an_empty_definition(client: AsyncClient) -> None:
    assert await get(client, "services/facility.gate.json") == {"service_code": "facility.gate", "attributes": []}


@pytest.mark.parametrize("jurisdiction", ["", "sanchajie.example"])
async def test_a_jurisdiction_is_this_one_or_none(client: AsyncClient, jurisdiction: str) -> None:
    assert await get(client, "services.json", jurisdiction_id=jurisdiction)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("services/facility.no-such.{}", "There is no such service_code."),
        ("services.{}?jurisdiction_id=city.gov", "There is no such jurisdiction_id."),
        ("requests/no-such.{}", "There is no such service_request_id."),
        ("requests/0198c0de-0000-7000-8000-000000000000.{}", "There is no such service_request_id."),
        ("tokens/no-such.{}", "There is no such token."),
        ("nothing.{}", "Not found"),
    ],
)
async def test_what_is_not_there_is_a_404_in_the_asked_format(client: AsyncClient, path: str, said: str) -> None:
    errors: list[dict[str, Any]] = [{"code": 404, "description": said}]
    json = await client.get(f"{ROOT}/{path.format('json')}")
    xml = await client.get(f"{ROOT}/{path.format('xml')}")
    assert (json.status_code, json.json()) == (404, errors)
    assert (xml.status_code, spark(ET.fromstring(xml.content))) == (404, texts(errors))
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize("path", ["services.html", "services.JSON", "services/facility.gate.yaml"])
async def test_a_format_that_is_not_spoken_is_a_404(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"{ROOT}/{path}")
    assert (answer.status_code, ET.fromstring(answer.content).tag) == (404, "errors")


async def test_a_method_that_is_not_spoken_is_a_400(client: AsyncClient) -> None:
    answer = await client.delete(f"{ROOT}/services.json")
    assert (answer.status_code, answer.json()) == (400, [{"code": 400, "description": "Method not allowed"}])
    assert answer.headers["allow"] == "GET"
