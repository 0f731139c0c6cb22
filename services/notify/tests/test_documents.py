"""The contracts of the events, as notify shows them to everybody, also while its database is away."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from linli.contracts import CATALOGUE, json_schema
from linli.contracts.asyncapi import asyncapi_document
from linli.messaging.connect import open_transport
from notify.main import create_app
from notify.settings import NotifySettings

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
SETTINGS = NotifySettings(database_url=NOWHERE, oidc_issuer="nobody", oidc_jwks_url="file:///none")
APP = create_app(SETTINGS, open_transport(NOWHERE))
ROUTED = "/schemas/linli.case.routed.v1.json"


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(APP), base_url="http://notify") as made:
        yield made


async def test_the_page_has_every_event_with_its_fields_and_a_way_to_its_schema(client: AsyncClient) -> None:
    shown = await client.get("/docs/events?language=en")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    for name, kind in CATALOGUE.items():
        section = shown.text.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        assert f'href="#{name}"' in shown.text
        assert f'href="../schemas/{name}.json"' in section
        assert f"<code>{kind.key_words}.*.*.#</code>" in section
        assert all(f"<code>{field}</code>" in section for field in kind.model.model_fields)


async def test_the_page_tells_who_hears_an_event_its_key_and_its_past(client: AsyncClient) -> None:
    shown = (await client.get("/docs/events?language=en")).text
    routed = shown.partition('<section id="linli.case.routed.v1">')[2].partition("</section>")[0]
    assert "<code>case.routed.&lt;major&gt;.&lt;minor&gt;.&lt;area&gt;</code>" in routed
    assert "intake, volunteer, notify, departments that subscribe" in routed
    assert "added <code>responsible</code>" in routed
    assert "addressed." not in routed
    assert "<code>addressed.&lt;department&gt;.dispatch.requested</code>" in shown


@pytest.mark.parametrize(
    ("query", "accepted", "language", "words"),
    [
        ("", "en-GB", "en", "The case has an owner"),
        ("", "zh-TW", "zh-Hant", "案件有了歸屬"),
        ("", "fr", "zh-Hans", "案件有了归属"),
        ("?language=zh-Hant", "en", "zh-Hant", "案件有了歸屬"),
        ("?language=en", "zh-CN", "en", "The case has an owner"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    client: AsyncClient, query: str, accepted: str, language: str, words: str
) -> None:
    shown = await client.get(f"/docs/events{query}", headers={"Accept-Language": accepted})
    assert shown.headers["content-language"] == language
    assert f'<html lang="{language}">' in shown.text
    assert words in shown.text


async def test_a_language_that_is_not_spoken_is_refused_by_name(client: AsyncClient) -> None:
    refused = await client.get("/docs/events?language=fr")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "language")


async def test_the_page_takes_nothing_from_elsewhere_and_runs_nothing(client: AsyncClient) -> None:
    shown = await client.get("/docs/events")
    assert "<script" not in shown.text
    assert not [one for one in re.findall(r'(?:href|src)="([^"]*)"', shown.text) if "//" in one]
    assert shown.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("name", CATALOGUE)
async def test_the_schema_of_every_event_is_at_the_end_of_its_address(client: AsyncClient, name: str) -> None:
    kind = CATALOGUE[name]
    shown = await client.get(f"/schemas/{kind.dataschema.rpartition('/')[2]}")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "application/schema+json"
    assert shown.json() == json_schema(kind)


@pytest.mark.parametrize("name", ["linli.case.vanished.v1", "case.routed", "linli.case.routed.v1.json", "%2e%2e"])
async def test_a_schema_that_does_not_exist_is_a_problem(client: AsyncClient, name: str) -> None:
    refused = await client.get(f"/schemas/{name}.json")
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"


async def test_the_asyncapi_document_is_that_of_the_contracts(client: AsyncClient) -> None:
    shown = await client.get("/docs/asyncapi.json")
    assert shown.headers["content-type"] == "application/json"
    assert shown.json() == json.loads(json.dumps(asyncapi_document()))


@pytest.mark.parametrize("path", [ROUTED, "/docs/asyncapi.json", "/docs/events"])
async def test_whoever_has_a_document_is_not_sent_it_again(client: AsyncClient, path: str) -> None:
    first = await client.get(path)
    tag = first.headers["etag"]
    assert "max-age" in first.headers["cache-control"]
    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": seen})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_documents_in_two_languages_have_two_tags(client: AsyncClient) -> None:
    tags = {(await client.get(f"/docs/events?language={one}")).headers["etag"] for one in ("zh-Hans", "zh-Hant", "en")}
    assert len(tags) == 3
