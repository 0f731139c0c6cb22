"""A request has a span that names its route and never its path."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from opentelemetry.trace import SpanKind, StatusCode
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount
from structlog.testing import capture_logs

from linli.chassis.metrics import HttpMetrics
from linli.chassis.observer import Observer
from linli.messaging.tracing import current_trace_id
from linli.testing.spans import Spans

TRACE = "0af7651916cd43dd8448eb211c80319c"
MALFORMED = ["nonsense", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-b7ad6b7169203331-01"]


def app() -> FastAPI:
    made = FastAPI(middleware=[Middleware(Observer, service="tiny", metrics=HttpMetrics())])

    @made.get("/v1/track/{code}")
    async def track(code: str) -> dict[str, Any]:
        if code == "crash":
            raise ValueError("13800000000")
        return {"trace": current_trace_id()}

    made.add_route("/readyz", lambda _request: JSONResponse({}))
    return made


@pytest.fixture(params=["", "/tiny"], ids=["alone", "mounted"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncClient]:
    served = FastAPI(routes=[Mount(request.param, app())]) if request.param else app()
    async with AsyncClient(transport=ASGITransport(served), base_url=f"http://tiny{request.param}") as made:
        yield made


async def test_the_span_of_a_request_names_its_route_and_what_was_answered(client: AsyncClient, spans: Spans) -> None:
    answer = await client.get("/v1/track/SECRETCODE?phone=13800000000")
    [span] = spans.ended()
    assert (span.name, span.kind, span.parent) == ("GET /v1/track/{code}", SpanKind.SERVER, None)
    assert answer.json()["trace"] == f"{span.context.trace_id:032x}"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/track/{code}",
        "url.scheme": "http",
    }


async def test_the_trace_of_the_caller_goes_on(client: AsyncClient, spans: Spans) -> None:
    await client.get("/v1/track/X", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    [span] = spans.ended()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"


@pytest.mark.parametrize("wrong", MALFORMED)
async def test_a_malformed_trace_of_the_caller_is_ignored(client: AsyncClient, spans: Spans, wrong: str) -> None:
    assert (await client.get("/v1/track/X", headers={"traceparent": wrong})).status_code == 200
    [span] = spans.ended()
    assert span.parent is None
    assert f"{span.context.trace_id:032x}" != TRACE


async def test_the_span_of_a_failure_says_so_and_repeats_nothing(client: AsyncClient, spans: Spans) -> None:
    with capture_logs():
        assert (await client.get("/v1/track/crash")).status_code == 500
    [span] = spans.ended()
    assert span.status.status_code == StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "500"
    assert "13800000000" not in span.to_json()


async def test_a_path_that_nobody_serves_and_a_method_that_nobody_knows_are_not_repeated(
    client: AsyncClient, spans: Spans
) -> None:
    await client.get("/v1/SECRETCODE")
    await client.request("SECRETVERB", "/v1/track/SECRETCODE")
    first, second = spans.ended()
    assert first.name == "GET"
    assert (second.attributes or {})["http.request.method"] == "_OTHER"
    assert "SECRET" not in first.to_json() + second.to_json()


async def test_what_monitoring_asks_has_no_span(client: AsyncClient, spans: Spans) -> None:
    assert (await client.get("/readyz")).status_code == 200
    assert spans.ended() == ()
