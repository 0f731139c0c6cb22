"""The running service as its tests meet it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from linli.chassis.issuer import LocalIssuer
from linli.contracts import Event, IssueReported, ReturnVisitAnswered, Satisfaction, new_event
from linli.messaging.message import message_from
from linli.messaging.transport import Transport
from routing.domain.matter import Matter
from routing.main import create_app
from routing.rulebooks import Rulebooks
from routing.settings import RoutingSettings
from routing.usecases import open_new_case, take_return_visit

B3 = "sanchajie/jinpu/lianbang/b3"
LIGHT = "facility.stair-light"  # a building's own authority
DISPUTE = "dispute.neighbour"  # the same, and confidential
FACADE = "facility.facade"  # the sub-district's
B3_HEAD = "li-sanhe"
LIANBANG_WORKER = "li-lianyi"

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Service:
    app: FastAPI
    client: httpx.AsyncClient
    transport: Transport
    issuer: LocalIssuer

    @property
    def engine(self) -> AsyncEngine:
        engine: AsyncEngine = self.app.state.runtime.engine
        return engine

    @property
    def rulebooks(self) -> Rulebooks:
        rulebooks: Rulebooks = self.app.state.runtime.extra(Rulebooks)
        return rulebooks

    def by(self, subject: str, *roles: str, areas: Sequence[str] = ()) -> Headers:
        """The headers of a caller."""
        token = self.issuer.mint(subject, name=f"Name of {subject}", roles=roles, areas=areas)
        return {"Authorization": f"Bearer {token}"}

    @property
    def platform(self) -> Headers:
        return self.by("operator", "platform", areas=["sanchajie"])

    @property
    def b3_head(self) -> Headers:
        return self.by(B3_HEAD, "handler")

    async def open(self, category: str = LIGHT, area: str = B3, reported_at: datetime | None = None) -> UUID:
        """Open a case as the reaction does."""
        case_id, now = uuid7(), datetime.now(UTC)
        async with self.engine.begin() as connection:
            await open_new_case(
                connection,
                await self.rulebooks.current(connection),
                case_id,
                Matter(category, area, reported_at or now),
                at=now,
            )
        return case_id

    async def answer(
        self,
        case_id: UUID,
        *,
        solved: bool = True,
        contacted: bool = True,
        satisfaction: Satisfaction = Satisfaction.SATISFIED,
    ) -> None:
        """Take a return visit as the reaction does."""
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            await take_return_visit(
                connection,
                await self.rulebooks.current(connection),
                case_id=case_id,
                contacted=contacted,
                solved=solved,
                satisfaction=satisfaction,
                answered_at=now,
                at=now,
            )

    async def get(self, path: str, by: Headers | None = None, /, **params: str | float) -> httpx.Response:
        return await self.client.get(f"/v1{path}", headers=by or self.platform, params=params)

    async def move(
        self, case_id: UUID, action: str, by: Headers | None = None, *, seen: str | None = None, **body: object
    ) -> httpx.Response:
        headers = {**(by or self.platform), **({} if seen is None else {"If-Match": seen})}
        return await self.client.post(f"/v1/cases/{case_id}/{action}", headers=headers, json=body or None)

    async def resolved(self, category: str = LIGHT, area: str = B3) -> UUID:
        """Open a case and take it to its resolution."""
        case_id = await self.open(category, area)
        assert (await self.move(case_id, "accept")).status_code == 200
        assert (await self.move(case_id, "resolve", outcome="done")).status_code == 200
        return case_id


def department(service: Service, slug: str) -> Headers:
    """The headers of somebody who answers for a department."""
    token = service.issuer.mint(f"clerk-{slug}", name="例经办", roles=["department"], department=slug)
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def running(settings: RoutingSettings, transport: Transport, issuer: LocalIssuer) -> AsyncIterator[Service]:
    app = create_app(settings, transport)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://routing") as client,
    ):
        yield Service(app, client, transport, issuer)


def issue_reported(
    issue_id: UUID, *, category: str = LIGHT, area: str = B3, source: str = "web"
) -> Event[IssueReported]:
    now = datetime.now(UTC)
    data = IssueReported(
        issue_id=issue_id,
        category=category,
        area=area,
        description="The light on the third floor is out",
        language="en",
        source=source,
        reported_at=now,
        reporter_key="0" * 64,
    )
    return new_event(data, id=uuid7(), sequence=1, time=now)


def return_visit_answered(issue_id: UUID, *, solved: bool = True, sequence: int = 2) -> Event[ReturnVisitAnswered]:
    data = ReturnVisitAnswered(
        issue_id=issue_id,
        category=LIGHT,
        area=B3,
        contacted=True,
        solved=solved,
        satisfaction=Satisfaction.SATISFIED,
    )
    return new_event(data, id=uuid7(), sequence=sequence, time=datetime.now(UTC))


async def publish(transport: Transport, *events: Event[Any]) -> None:
    assert await transport.publish([message_from(event) for event in events]) == [None] * len(events)


async def eventually(condition: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.05)
