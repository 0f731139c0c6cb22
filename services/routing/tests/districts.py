"""Changing the district as staff do, for tests."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import yaml
from sqlalchemy import select

from linli.contracts import CategoryChanged, Event, UnitChanged, decode_event
from linli.messaging.tables import outbox

from .service import B3, Headers, Service

TOP, JINPU, LIANBANG = "sanchajie", "sanchajie/jinpu", "sanchajie/jinpu/lianbang"
B2 = f"{LIANBANG}/b2"
CHANGES = {"linli.grid.unit-changed.v1", "linli.catalogue.category-changed.v1"}
RENAMED = {"zh_hans": "新三号楼", "en": "New Building 3"}


async def edit(service: Service, path: str = B3, by: Headers | None = None, seen: str | None = None) -> httpx.Response:
    """Rename a unit."""
    headers = {**(by or service.platform), **({} if seen is None else {"If-Match": seen})}
    return await service.client.patch(f"/v1/units/{path}", headers=headers, json={"unit": {"name": RENAMED}})


async def close(service: Service, path: str, successor: str | None = None, reason: str | None = None) -> httpx.Response:
    body = {"successor": successor, "reason": reason}
    return await service.client.post(f"/v1/units/{path}/close", headers=service.platform, json=body)


async def move(service: Service, path: str, parent: str) -> httpx.Response:
    return await service.client.post(f"/v1/units/{path}/move", headers=service.platform, json={"parent": parent})


def person(slug: str) -> dict[str, Any]:
    return {"id": slug, "name": f"例{slug}", "post": {"zh_hans": "网格员"}}


async def staff(service: Service, path: str, *persons: dict[str, Any]) -> None:
    """Let a unit have these persons and no others."""
    body = {"unit": {"persons": persons}}
    response = await service.client.patch(f"/v1/units/{path}", headers=service.platform, json=body)
    assert response.status_code == 200, response.text


async def export(service: Service, form: str = "yaml") -> str:
    response = await service.get("/grid", format=form)
    assert response.status_code == 200
    return response.text


async def import_grid(
    service: Service,
    units: list[Any] | str,
    by: Headers | None = None,
    *,
    media: str = "application/yaml",
    seen: str | None = None,
    **params: str | bool,
) -> httpx.Response:
    content = units if isinstance(units, str) else yaml.safe_dump({"units": units}, allow_unicode=True)
    headers = {**(by or service.platform), "Content-Type": media, **({} if seen is None else {"If-Match": seen})}
    return await service.client.put("/v1/grid", headers=headers, params=params, content=content)


async def publish_catalogue(
    service: Service,
    categories: list[Any] | str,
    by: Headers | None = None,
    *,
    seen: str | None = None,
    **params: str | bool,
) -> httpx.Response:
    content = categories if isinstance(categories, str) else json.dumps({"categories": categories})
    headers = {**(by or service.platform), "Content-Type": "application/json"}
    seen_too = {} if seen is None else {"If-Match": seen}
    return await service.client.put("/v1/catalogue", headers={**headers, **seen_too}, params=params, content=content)


async def catalogue(service: Service, version: int = 1) -> list[dict[str, Any]]:
    """Return the categories of a version."""
    content: dict[str, Any] = (await service.get(f"/catalogue/versions/{version}")).json()["content"]
    categories: list[dict[str, Any]] = content["categories"]
    return categories


def changed(categories: list[dict[str, Any]], code: str, **fields: object) -> list[dict[str, Any]]:
    """Return a catalogue with some fields of one category replaced."""
    return [{**one, **fields} if one["code"] == code else one for one in categories]


def days(amount: int, limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return limits with another number of working days to handle."""
    return {**limits, "handle": {"amount": amount, "kind": "working-days"}}


async def told(service: Service) -> list[Event[UnitChanged] | Event[CategoryChanged]]:
    """Return what was recorded of the district's changes, in order."""
    async with service.engine.connect() as connection:
        payloads = (await connection.execute(select(outbox.c.payload).order_by(outbox.c.id))).scalars().all()
    events: list[Any] = [decode_event(payload) for payload in payloads]
    return [event for event in events if event.type in CHANGES]


def problem(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the kind of a refusal."""
    return response.status_code, response.json()["type"].rpartition("/")[2]
