import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI
from httpx import ASGITransport, AsyncClient
from starlette.routing import Mount

from linli.chassis.app import service_app
from linli.chassis.cursor import After, Limit
from linli.chassis.database import create_engine
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now, Runtime
from linli.chassis.settings import ServiceSettings

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Greeting(str):
    __slots__ = ()


@dataclass
class FakeWorker:
    name: str
    journal: list[str]
    healthy: bool = True
    fails: str = ""
    hangs: bool = False
    failures: dict[str, int] = field(default_factory=dict)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        if self.fails == "start":
            raise RuntimeError(self.name)
        self.journal.append(f"start {self.name}")

    async def stop(self) -> None:
        self.journal.append(f"stop {self.name}")
        if self.fails == "stop":
            raise RuntimeError(self.name)
        if self.hangs:
            await asyncio.Event().wait()


async def greeting(runtime: CurrentRuntime) -> Greeting:
    return runtime.extra(Greeting)


class FakeBroker:
    def __init__(self, ready: Callable[[], Awaitable[bool]]) -> None:
        self.ready = ready


def tiny_app(settings: ServiceSettings, *, workers: Sequence[FakeWorker] = (), **parts: Any) -> FastAPI:
    router = APIRouter(prefix="/v1")
    inner = APIRouter(prefix="/inner")

    @router.get("/hello/{name}")
    async def hello(
        name: str, now: Now, language: Language, words: Annotated[Greeting, Depends(greeting)]
    ) -> dict[str, str]:
        return {"words": f"{words} {name}", "now": now.isoformat(), "language": language}

    @inner.get("/deep")
    async def deep(after: After = None, limit: Limit = 50) -> dict[str, Any]:
        return {"after": after, "limit": limit}

    router.include_router(inner)
    return service_app(
        name="tiny",
        title="Tiny",
        settings=settings,
        engine=create_engine(settings),
        routers=[router],
        workers=workers,
        extras={Greeting: Greeting("good day")},
        now=lambda: NOON,
        **{"package": None, **parts},
    )


@pytest.fixture
async def client(make_settings: Callable[..., ServiceSettings]) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(tiny_app(make_settings())), base_url="http://tiny") as client:
        yield client


async def test_a_route_works_with_the_parts_of_its_service(client: AsyncClient) -> None:
    answer = await client.get("/v1/hello/you", headers={"Accept-Language": "zh-HK"})
    assert answer.json() == {"words": "good day you", "now": NOON.isoformat(), "language": "zh-Hant"}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", f"after={'x' * 513}"])
async def test_a_wrong_page_is_refused(client: AsyncClient, query: str) -> None:
    assert (await client.get(f"/v1/inner/deep?{query}")).status_code == 422


async def test_health_says_that_the_process_lives(client: AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_readiness_names_everything_that_fails(
    make_settings: Callable[..., ServiceSettings], tiny_package: str
) -> None:
    async def down() -> bool:
        raise ConnectionError

    broken = FakeWorker("relay", [], healthy=False)
    app = tiny_app(make_settings(), workers=[broken], transport=FakeBroker(down), package=tiny_package)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["failing"] == ["broker", "database", "migrations", "workers"]


async def test_readiness_does_not_wait_for_what_hangs(
    make_settings: Callable[..., ServiceSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs() -> bool:
        return await asyncio.Event().wait()

    monkeypatch.setattr("linli.chassis.health.CHECK_TIMEOUT_S", 0.05)
    app = tiny_app(make_settings(), transport=FakeBroker(hangs))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        assert "broker" in (await client.get("/readyz")).json()["failing"]


async def test_a_service_whose_parts_work_is_ready(
    make_settings: Callable[..., ServiceSettings], database_url: str, tiny_package: str
) -> None:
    app = tiny_app(make_settings(database_url), package=tiny_package)
    async with (
        AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client,
        app.router.lifespan_context(app),
    ):
        assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_requests_are_counted_by_route_and_never_by_path(client: AsyncClient) -> None:
    for path in ("/v1/hello/secret-code", "/v1/hello/other", "/v1/inner/deep", "/v1/nothing/secret-code"):
        await client.get(path)
    await client.request("BREW", "/v1/hello/you")
    exposed = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/hello/{name}",status="200"} 2.0' in exposed
    assert 'http_requests_total{method="GET",route="/v1/inner/deep",status="200"} 1.0' in exposed
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in exposed
    assert 'http_requests_total{method="OTHER",route="/v1/hello/{name}",status="405"} 1.0' in exposed
    assert 'http_request_duration_seconds_count{method="GET",route="/v1/hello/{name}"} 2.0' in exposed
    assert "secret-code" not in exposed


async def test_two_services_in_one_process_count_apart(make_settings: Callable[..., ServiceSettings]) -> None:
    first, second = tiny_app(make_settings()), tiny_app(make_settings())
    async with AsyncClient(transport=ASGITransport(first), base_url="http://tiny") as client:
        await client.get("/v1/inner/deep")
    async with AsyncClient(transport=ASGITransport(second), base_url="http://tiny") as client:
        assert "/v1/inner/deep" not in (await client.get("/metrics")).text


async def test_a_request_leaves_one_line_without_its_path(client: AsyncClient) -> None:
    with structlog.testing.capture_logs() as logged:
        await client.get("/v1/hello/secret-code?phone=1")
        await client.get("/healthz")
    request, health = logged
    assert {key: request[key] for key in ("event", "service", "method", "route", "status", "log_level")} == {
        "event": "request",
        "service": "tiny",
        "method": "GET",
        "route": "/v1/hello/{name}",
        "status": 200,
        "log_level": "info",
    }
    assert health["log_level"] == "debug"
    assert "secret-code" not in str(logged)


async def test_metrics_tell_how_the_workers_of_this_process_go_on(
    make_settings: Callable[..., ServiceSettings],
) -> None:
    failing = FakeWorker("relay", [], healthy=False, failures={"broker": 3, "other": 0})
    workers = [failing, FakeWorker("routing.inbox", [])]
    for role, expected in (("worker", 1), ("api", 0)):
        app = tiny_app(make_settings(role=role), workers=workers)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
            exposed = (await client.get("/metrics")).text
        assert exposed.count('linli_worker_failures_total{reason="broker",worker="relay"} 3.0') == expected
        assert exposed.count('linli_worker_healthy{worker="relay"} 0.0') == expected
        assert exposed.count('linli_worker_healthy{worker="routing.inbox"} 1.0') == expected


async def test_workers_start_in_order_and_stop_in_reverse(make_settings: Callable[..., ServiceSettings]) -> None:
    journal: list[str] = []
    app = tiny_app(make_settings(), workers=[FakeWorker("relay", journal), FakeWorker("consumer", journal)])
    async with app.router.lifespan_context(app):
        assert journal == ["start relay", "start consumer"]
    assert journal[2:] == ["stop consumer", "stop relay"]


async def test_a_worker_that_cannot_start_stops_those_before_it(make_settings: Callable[..., ServiceSettings]) -> None:
    journal: list[str] = []
    app = tiny_app(
        make_settings(), workers=[FakeWorker("relay", journal), FakeWorker("consumer", journal, fails="start")]
    )
    with pytest.raises(RuntimeError, match="consumer"):
        async with app.router.lifespan_context(app):
            raise AssertionError("the service runs without its consumer")
    assert journal == ["start relay", "stop relay"]


@pytest.mark.parametrize("fault", [{"fails": "stop"}, {"hangs": True}])
async def test_a_worker_that_does_not_stop_holds_up_nobody_for_long(
    make_settings: Callable[..., ServiceSettings], fault: dict[str, Any]
) -> None:
    journal: list[str] = []
    workers = [FakeWorker("relay", journal), FakeWorker("consumer", journal, **fault)]
    app = tiny_app(make_settings(shutdown_grace_s=0.1), workers=workers)
    async with asyncio.timeout(5), app.router.lifespan_context(app):
        pass
    assert journal[2:] == ["stop consumer", "stop relay"]


@pytest.mark.parametrize(("role", "started"), [("all", True), ("worker", True), ("api", False)])
async def test_workers_run_by_role(make_settings: Callable[..., ServiceSettings], role: str, *, started: bool) -> None:
    journal: list[str] = []
    app = tiny_app(make_settings(role=role), workers=[FakeWorker("relay", journal)])
    async with app.router.lifespan_context(app):
        assert bool(journal) is started


@pytest.mark.parametrize(("role", "started"), [("all", True), ("worker", False), ("api", True)])
async def test_what_routes_need_runs_where_they_are_served(
    make_settings: Callable[..., ServiceSettings], role: str, *, started: bool
) -> None:
    journal: list[str] = []
    app = tiny_app(make_settings(role=role), api_workers=[FakeWorker("tail", journal)])
    async with app.router.lifespan_context(app):
        assert journal == (["start tail"] if started else [])
    assert journal == (["start tail", "stop tail"] if started else [])


@pytest.mark.parametrize(("role", "status"), [("all", 200), ("worker", 404), ("api", 200)])
async def test_routes_are_served_by_role(make_settings: Callable[..., ServiceSettings], role: str, status: int) -> None:
    app = tiny_app(make_settings(role=role))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        assert (await client.get("/v1/inner/deep")).status_code == status
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


async def test_a_service_works_mounted_beside_others(make_settings: Callable[..., ServiceSettings]) -> None:
    inner = tiny_app(make_settings())
    outer = FastAPI(routes=[Mount("/tiny", inner)])
    async with AsyncClient(transport=ASGITransport(outer), base_url="http://outer") as client:
        assert (await client.get("/tiny/v1/hello/you")).status_code == 200
        missing = await client.get("/tiny/v1/nothing")
        assert (missing.status_code, missing.json()["instance"]) == (404, "/tiny/v1/nothing")
        exposed = (await client.get("/tiny/metrics")).text
    assert 'route="/v1/hello/{name}",status="200"' in exposed


def test_what_a_service_did_not_add_is_not_found(make_settings: Callable[..., ServiceSettings]) -> None:
    runtime: Runtime = tiny_app(make_settings()).state.runtime
    with pytest.raises(KeyError):
        runtime.extra(int)
