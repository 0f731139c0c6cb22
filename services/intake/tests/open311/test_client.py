"""A client that others wrote for GeoReport v2 finds what it expects, over a real server."""

import asyncio
import itertools
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from httpx import AsyncClient

from linli.testing.local_rabbitmq import free_ports

from .speaking import KEY

# The client was written for Python 2, which called the lazy filter so, and warned of no escape sequence.
setattr(itertools, "ifilter", filter)  # noqa: B010 - no checker knows the name
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from three import Three


@pytest.fixture
async def city(app: FastAPI, client: AsyncClient) -> AsyncIterator[Three]:
    del client  # ready once it is made
    [port] = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.05)
    yield Three(f"http://127.0.0.1:{port}/open311/v2/", api_key=KEY, jurisdiction="sanchajie.example")
    server.should_exit = True
    await serving


async def test_the_client_reports_and_follows(city: Three) -> None:
    discovered = await asyncio.to_thread(city.discovery)
    assert discovered["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    services = await asyncio.to_thread(city.services)
    assert "facility.lift-fault" in [service["service_code"] for service in services]
    definition = await asyncio.to_thread(city.services, "facility.lift-fault")
    assert [one["code"] for one in definition["attributes"]] == ["persons-trapped", "floor"]

    def report() -> Any:
        return city.post(
            "facility.lift-fault",
            address="联邦新城1号楼",
            name="例 某",
            phone="13800000000",
            description="电梯停了",
            **{"attribute[persons-trapped]": "no"},
        )

    [made] = await asyncio.to_thread(report)
    [shown] = await asyncio.to_thread(city.request, made["service_request_id"])
    assert (shown["description"], shown["address_id"]) == ("电梯停了", "sanchajie/jinpu/lianbang/b1")
    assert [shown] == await asyncio.to_thread(city.requests, "facility.lift-fault")
    assert [shown] == await asyncio.to_thread(lambda: city.requests(status="open", count=10))
    assert await asyncio.to_thread(lambda: city.requests(between=["01-01-2020", "03-01-2020"])) == []


async def test_the_client_is_told_what_is_wrong(city: Three) -> None:
    city.configure(api_key="wrong")
    refused = await asyncio.to_thread(lambda: city.post("facility.gate", address="联邦新城"))
    assert refused == [{"code": 403, "description": "The api_key is not valid."}]
