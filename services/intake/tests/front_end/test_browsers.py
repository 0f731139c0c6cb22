"""Pages of the origins that are named may call, no others; what is known is not sent again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import ValidationError

from intake.main import create_app
from intake.settings import IntakeSettings
from linli.messaging.connect import open_transport

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from ..tracking.test_changing import tracked  # noqa: TID252 - as above

OURS, THEIRS = "https://app.example", "https://app.example.evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key,content-type"}


def page(settings: IntakeSettings, bus_url: str, *origins: str) -> AsyncClient:
    allowing = settings.model_copy(update={"cors_origins": origins})
    return AsyncClient(transport=ASGITransport(create_app(allowing, open_transport(bus_url))), base_url="http://intake")


async def test_pages_of_a_named_origin_may_call(settings: IntakeSettings, bus_url: str) -> None:
    async with page(settings, bus_url, OURS, "http://localhost:5173") as client:
        asked = await client.options("/v1/issues", headers={"Origin": OURS, **PREFLIGHT})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, OURS)
        answer = await client.get("/healthz", headers={"Origin": OURS})
        assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (OURS, "Origin")
        assert "access-control-allow-credentials" not in answer.headers
        large = await client.post("/v1/issues", content=b"x" * 1_000_001, headers={"Origin": OURS})
        assert (large.status_code, large.headers["access-control-allow-origin"]) == (413, OURS)
        for origin in (THEIRS, "http://app.example", "null", f"{OURS}:8443"):
            refused = await client.options("/v1/issues", headers={"Origin": origin, **PREFLIGHT})
            assert refused.status_code == 400
            assert "access-control-allow-origin" not in refused.headers
            answer = await client.get("/healthz", headers={"Origin": origin})
            assert "access-control-allow-origin" not in answer.headers


async def test_unless_it_is_set_no_page_may_call(settings: IntakeSettings, bus_url: str) -> None:
    async with page(settings, bus_url) as client:
        asked = await client.options("/v1/issues", headers={"Origin": OURS, **PREFLIGHT})
        assert asked.status_code == 405
        assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("wrong", ["*", "app.example", "https://app.example/", "https://*.example", "https://a.b,null"])
def test_what_is_no_origin_is_refused(settings: IntakeSettings, wrong: str) -> None:
    told: dict[str, Any] = settings.model_dump() | {"cors_origins": wrong}
    with pytest.raises(ValidationError, match="must be origins such as"):
        IntakeSettings(**told)
    right = IntakeSettings(**(told | {"cors_origins": "https://a.example, http://[::1]:5173"}))
    assert right.cors_origins == ("https://a.example", "http://[::1]:5173")


@pytest.mark.parametrize("path", ["/v1/categories", "/v1/areas"])
async def test_what_is_known_of_the_district_is_not_sent_again(client: AsyncClient, path: str) -> None:
    first = await client.get(path)
    tag = first.headers["etag"]
    assert (first.headers["cache-control"], first.headers["vary"]) == ("public, max-age=60", "Accept-Language")
    for known in (tag, f'"other", W/{tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for known in ('"other"', tag.strip('"'), "", "\x7f"):
        assert (await client.get(path, headers={"If-None-Match": known})).status_code == 200
    english = await client.get(path, headers={"If-None-Match": tag, "Accept-Language": "en"})
    assert (english.status_code, english.headers["etag"] != tag) == (200, True)


async def test_an_issue_that_moved_is_sent_again(client: AsyncClient, tell: Callable[..., Any]) -> None:
    receipt = (await client.post("/v1/issues", json={"description": "楼顶漏雨"})).json()
    path = f"/v1/track/{receipt['tracking_code']}"
    first = await client.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    assert first.headers["cache-control"] == "private, no-cache"
    assert (await client.get(path, headers=known)).status_code == 304
    await tell(builders.accepted(UUID(receipt["id"])), 1)
    await tracked(client, receipt["tracking_code"], "in_progress")
    assert (await client.get(path, headers=known)).status_code == 200
