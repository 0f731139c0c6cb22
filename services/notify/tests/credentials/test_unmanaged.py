"""Where the broker's accounts cannot be managed nothing is changed, and an operator is told what to do by hand."""

import shlex
from datetime import timedelta
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import insert, update

from linli.testing.waiting import eventually
from notify.tables import credentials
from notify.usecases import Admission

from .conftest import HOUSING, WRONG, Clock, Headers, Users, listed

PRESENT = "dept.housing.1a2b3c4d"

UNMANAGED = pytest.mark.parametrize("management", ["none", "refused", "embedded"], indirect=True)


@pytest.fixture
async def present(admission: Admission) -> str:
    """The id of a credential that housing has."""
    row = {"id": uuid4(), "department": "housing", "username": PRESENT, "created_by": "li-desk"}
    async with admission.engine.begin() as connection:
        await connection.execute(
            insert(credentials).values(**row, created_at=admission.now(), given_at=admission.now())
        )
    return str(row["id"])


@UNMANAGED
async def test_letting_in_tells_how_to_do_it_by_hand(
    client: AsyncClient, platform: Headers, admission: Admission, users: Users
) -> None:
    answer = await client.post(HOUSING, headers={**platform, "Idempotency-Key": "k"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    problem = answer.json()
    assert problem["type"].endswith("/broker-not-managed")
    add, grant = map(shlex.split, problem["steps"])
    assert add == ["rabbitmqctl", "add_user", add[2], "<password>"]
    assert add[2].startswith("dept.housing.")
    rights = ["", "", r"^dept\.housing\..*$"]
    assert grant == ["rabbitmqctl", "set_permissions", "-p", admission.vhost, add[2], *rights]
    assert problem["steps_afterwards"] == []
    assert WRONG not in answer.text
    assert await listed(client, platform) == []
    assert users() == set()


@UNMANAGED
async def test_rotating_tells_what_to_end_afterwards(client: AsyncClient, housing: Headers, present: str) -> None:
    answer = await client.post(f"{HOUSING}/rotate", headers=housing)
    assert answer.status_code == 503
    assert len(answer.json()["steps"]) == 2
    assert answer.json()["steps_afterwards"] == [
        f"rabbitmqctl delete_user {PRESENT}",
        f"rabbitmqctl close_all_user_connections {PRESENT} ended",
    ]
    [shown] = await listed(client, housing)
    assert (shown["id"], shown["expires_at"]) == (present, None)


@UNMANAGED
async def test_revoking_tells_how_to_do_it_by_hand_and_ends_nothing(
    client: AsyncClient, platform: Headers, present: str
) -> None:
    before = await listed(client, platform)
    answer = await client.delete(f"{HOUSING}/{present}", headers=platform)
    assert answer.status_code == 503
    assert answer.json()["steps"][0] == f"rabbitmqctl delete_user {PRESENT}"
    assert await listed(client, platform) == before


@pytest.mark.parametrize("management", ["none"], indirect=True)
async def test_what_cannot_be_ended_is_counted_and_the_service_stays_ready(
    client: AsyncClient, now: Clock, admission: Admission, present: str
) -> None:
    async with admission.engine.begin() as connection:
        due = update(credentials).values(expires_at=now() + timedelta(days=1))
        await connection.execute(due.where(credentials.c.username == PRESENT))
    assert "linli_credentials_overdue 0.0" in (await client.get("/metrics")).text
    now.ahead = timedelta(days=2)

    async def counted() -> bool:
        return "linli_credentials_overdue 1.0" in (await client.get("/metrics")).text

    await eventually(counted, f"{present} to be counted", seconds=20)
    assert (await client.get("/readyz")).status_code == 200
