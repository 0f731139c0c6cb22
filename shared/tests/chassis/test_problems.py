import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated

import pytest
from fastapi import APIRouter, HTTPException
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel, ConfigDict, Field

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.problems import ProblemError, problem_response
from linli.chassis.settings import ServiceSettings


class GoneError(Exception):
    pass


class ThingCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=10)]
    size: int = 1


@pytest.fixture
async def client(make_settings: Callable[..., ServiceSettings]) -> AsyncIterator[AsyncClient]:
    router = APIRouter(prefix="/v1")

    @router.post("/things", status_code=201)
    async def add(thing: ThingCreate) -> ThingCreate:
        return thing

    @router.get("/gone")
    async def gone() -> None:
        raise GoneError("thing 7")

    @router.get("/crash")
    async def crash() -> None:
        raise RuntimeError("secret inside")

    @router.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout")

    settings = make_settings(max_body_bytes=1000)
    app = service_app(
        name="tiny",
        title="Tiny",
        settings=settings,
        engine=create_engine(settings),
        package=None,
        routers=[router],
        problems={GoneError: lambda error: ProblemError(409, "gone", "Gone", str(error), allowed=["accept"])},
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        yield client


async def test_an_error_of_the_domain_becomes_its_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/gone")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "https://linli.example/problems/gone",
        "title": "Gone",
        "status": 409,
        "instance": "/v1/gone",
        "detail": "thing 7",
        "allowed": ["accept"],
    }


async def test_an_unforeseen_error_says_its_trace_and_nothing_else(client: AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get("/v1/crash", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json() == {
        "type": "https://linli.example/problems/internal-error",
        "title": "Internal error",
        "status": 500,
        "instance": "/v1/crash",
        "trace": trace,
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 11}, "name"),
        ({"name": 5}, "name"),
        ({}, "name"),
        ({"name": "a", "size": "big"}, "size"),
        ({"name": "a", "colour": "red"}, "colour"),
        ([], "body"),
        ("private words", "body"),
    ],
)
async def test_a_refused_field_is_named_and_not_repeated(client: AsyncClient, body: object, field: str) -> None:
    answer = await client.post("/v1/things", json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "https://linli.example/problems/invalid-request"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert set(answer.json()["errors"][0]) == {"field", "message"}
    assert "private" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"{]", b"\x00", b"nope"])
async def test_broken_json_is_a_bad_request(client: AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/invalid-json")


@pytest.mark.parametrize("body", [b"\xff\xfe\xff", b"[" * 900])
async def test_bytes_that_cannot_be_read_are_a_bad_request(client: AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_lone_surrogate_in_a_name_is_refused_and_not_a_crash(client: AsyncClient) -> None:
    body = b'{"name": "a", "\\ud800": 1}'
    answer = await client.post("/v1/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_a_problem_can_quote_any_text() -> None:
    answer = problem_response("/v1/things", ProblemError(409, "gone", "Gone", "一\ud800"))
    assert json.loads(bytes(answer.body))["detail"] == "一\ud800"


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": ";;/"}])
async def test_a_body_of_another_type_is_refused_and_told_which_is_wanted(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/v1/things", content=b'{"name": "a"}', headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (415, "unsupported-media-type")
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("DELETE", "/v1/gone", 405, "method-not-allowed"),
        ("GET", "/v1/teapot", 418, "http-418"),
    ],
)
async def test_http_errors_are_problems(client: AsyncClient, method: str, path: str, status: int, slug: str) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["type"].endswith("/" + slug)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_refused_method_names_the_allowed_ones(client: AsyncClient) -> None:
    assert (await client.delete("/v1/gone")).headers["allow"] == "GET"


async def test_the_openapi_document_describes_problems(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    answers = document["paths"]["/v1/things"]["post"]["responses"]
    assert set(answers) == {"201", "400", "413", "415", "422", "500", "503", "default"}
    assert answers["413"] == {"$ref": "#/components/responses/TooLarge"}
    [said] = document["components"]["responses"]["TooLarge"]["content"].values()
    assert (said["example"]["status"], said["example"]["type"].rpartition("/")[2]) == (413, "content-too-large")
    assert answers["default"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "instance"]


async def test_an_announced_body_over_the_limit_is_refused_at_once(client: AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await client.post("/v1/things", content=never(), headers={"content-length": "1001"})
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/content-too-large")


async def test_a_chunked_body_over_the_limit_is_refused_when_it_passes_it(client: AsyncClient) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 300

    answer = await client.post("/v1/things", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/content-too-large")
    assert answer.headers["connection"] == "close"
    assert sent < 10


async def test_a_body_of_just_the_limit_is_read(client: AsyncClient) -> None:
    body = json.dumps({"name": "a"}).encode().ljust(1000)
    headers = {"content-type": "application/json"}
    assert (await client.post("/v1/things", content=body, headers=headers)).status_code == 201

    async def chunks() -> AsyncIterator[bytes]:
        yield body[:500]
        yield body[500:]

    assert (await client.post("/v1/things", content=chunks(), headers=headers)).status_code == 201
