"""All four services at once, as a test drives them: over HTTP, and over a department's queue."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from intake.main import create_app as create_intake
from intake.settings import IntakeSettings
from linli.chassis.issuer import AUDIENCE, ISSUER, LocalIssuer
from linli.messaging.connect import open_transport
from linli.messaging.transport import Transport
from notify.main import create_app as create_notify
from notify.settings import NotifySettings
from routing.main import create_app as create_routing
from routing.settings import RoutingSettings
from volunteer.main import create_app as create_volunteer
from volunteer.settings import VolunteerSettings

CONTACT_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
TOP = "sanchajie"

COMPOSERS: Mapping[str, tuple[Any, Any]] = {
    "intake": (create_intake, IntakeSettings),
    "routing": (create_routing, RoutingSettings),
    "volunteer": (create_volunteer, VolunteerSettings),
    "notify": (create_notify, NotifySettings),
}


@dataclass
class Suite:
    """The running services, and somebody to sign for whoever calls them."""

    issuer: LocalIssuer
    bus_url: str
    settings: dict[str, Any]
    clients: dict[str, AsyncClient] = field(default_factory=dict)

    def token(self, subject: str, *roles: str, language: str | None = None) -> dict[str, str]:
        minted = self.issuer.mint(subject, name=subject, roles=roles, areas=[TOP])
        return {"Authorization": f"Bearer {minted}", **({"Accept-Language": language} if language else {})}

    async def get(self, service: str, path: str, headers: Mapping[str, str] | None = None) -> Any:
        answer = await self.clients[service].get(path, headers=headers)
        return answer.json() if answer.is_success else None

    async def post(
        self, service: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        return await self.clients[service].post(path, json=body, headers=headers)

    async def until(self, look: Callable[[], Any], holds: Callable[[Any], bool], *, within_s: float = 20) -> Any:
        """Return what ``look`` sees as soon as ``holds`` says so."""
        async with asyncio.timeout(within_s):
            while True:
                seen = await look()
                if seen is not None and holds(seen):
                    return seen
                await asyncio.sleep(0.03)

    async def case(self, issue: str, state: str) -> dict[str, Any]:
        staff = self.token("li-desk", "platform")
        seen: dict[str, Any] = await self.until(
            lambda: self.get("routing", f"/v1/cases/{issue}", staff), lambda case: case["state"] == state
        )
        return seen

    async def act(self, issue: str, action: str, body: object = None) -> dict[str, Any]:
        """Let the handler of a case move it."""
        case = await self.get("routing", f"/v1/cases/{issue}", self.token("li-desk", "platform"))
        handler = self.token(case["handler"]["id"], "handler")
        answer = await self.post("routing", f"/v1/cases/{issue}/{action}", body, handler)
        assert answer.status_code == 200, answer.text
        moved: dict[str, Any] = answer.json()
        return moved

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        """Run services, all when none is named, until the block ends; what they own stays."""
        async with AsyncExitStack() as stack:
            for name in names or COMPOSERS:
                create_app, _ = COMPOSERS[name]
                app: FastAPI = create_app(self.settings[name], open_transport(self.bus_url))
                await stack.enter_async_context(app.router.lifespan_context(app))
                client = AsyncClient(transport=ASGITransport(app), base_url=f"http://{name}")
                self.clients[name] = await stack.enter_async_context(client)
            for name in names or COMPOSERS:
                await self.until(lambda name=name: self.get(name, "/readyz"), bool)  # type: ignore[misc]
            yield


def compose(issuer: LocalIssuer, jwks: Path, bus_url: str, new_database: Callable[[str], str]) -> Suite:
    """Return the suite on new databases and a bus."""
    told = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks_url": jwks.as_uri(), "database_pool_size": 5}
    settings = {
        name: settings_class(
            database_url=new_database(name), **told, **({"contact_key": CONTACT_KEY} if name == "intake" else {})
        )
        for name, (_, settings_class) in COMPOSERS.items()
    }
    return Suite(issuer, bus_url, settings)


async def received(bus: Transport, queue: str, count: int) -> list[dict[str, Any]]:
    """Take that many events from a queue."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(20), bus.consume(queue, prefetch=100) as subscription:
        while len(events) < count:
            batch = await subscription.next_batch(count - len(events))
            events += [json.loads(one.message.body) for one in batch]
            await subscription.ack(batch)
    return events
