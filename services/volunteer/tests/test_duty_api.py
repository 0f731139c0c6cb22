"""Officials who report where they live: the slip, the post, the service, and what the employer is told."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from volunteer.domain.duty import quarter
from volunteer.domain.faults import FieldError

from .conftest import Mint
from .test_people_api import COMMUNITY, kind, registered

NOW = datetime.now(UTC).replace(microsecond=0)
QUARTER = f"{(NOW + timedelta(hours=8)).year}-Q{((NOW + timedelta(hours=8)).month + 2) // 3}"


def clerk_of(token: Mint, area: str = COMMUNITY) -> dict[str, str]:
    return token("clerk", "staff", areas=(area,))


async def opened(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    post = {
        "title": "义务巡逻",
        "area": f"{COMMUNITY}/lianbang",
        "headcount": 2,
        "begins_at": (NOW - timedelta(minutes=15)).isoformat(),
        "ends_at": (NOW + timedelta(minutes=105)).isoformat(),
    }
    answer = await client.post("/v1/posts", headers=clerk_of(token), json={**post, **told})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def reported(client: AsyncClient, token: Mint, subject: str, employer: str = "housing") -> dict[str, Any]:
    await registered(client, token, subject)
    answer = await client.post("/v1/slips", headers=token(subject, "volunteer"), json={"employer": employer})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_service_returns_to_the_employer_and_is_seen_at_both_ends(
    client: AsyncClient, token: Mint, department: Mint
) -> None:
    slip = await reported(client, token, "official")
    await reported(client, token, "other", "urban-management")
    post = await opened(client, token)
    taken = (await client.post(f"/v1/posts/{post['id']}/nominations", headers=token("official", "volunteer"))).json()

    accepted = await client.post(
        f"/v1/nominations/{taken['id']}/accept", headers=clerk_of(token), json={"minutes": 90, "remark": "认真"}
    )

    assert accepted.json()["state"] == "accepted"
    for reader in (department("housing"), clerk_of(token)):
        told = (await client.get(f"/v1/duty-returns/{QUARTER}", headers=reader)).json()
        assert [(one["number"], one["services"], one["minutes"]) for one in told if one["employer"] == "housing"] == [
            (slip["number"], 1, 90)
        ]
    assert (
        "urban-management" not in (await client.get(f"/v1/duty-returns/{QUARTER}", headers=department("housing"))).text
    )
    table = await client.get(f"/v1/duty-returns/{QUARTER}/csv", headers=department("housing"))
    assert table.headers["Content-Type"].startswith("text/csv")
    assert f"housing,{COMMUNITY}/lianbang/b3,{slip['number']},例安娜,1,90" in table.text
    assert (await client.get("/v1/duty-returns/2020-Q1", headers=department("housing"))).json() == []
    for reader in (department("housing"), clerk_of(token), token("official", "volunteer")):
        slips = (await client.get("/v1/slips", headers=reader)).json()["items"]
        assert slip["id"] in {one["id"] for one in slips}
    assert (await client.get("/v1/slips", headers=department("civil-affairs"))).json()["items"] == []
    assert kind(await client.get(f"/v1/duty-returns/{QUARTER}", headers=token("official", "volunteer")))[0] == 403


async def test_no_more_take_a_post_than_it_has_places(client: AsyncClient, token: Mint) -> None:
    for number in range(5):
        await reported(client, token, f"official-{number}")
    post = await opened(client, token)
    path = f"/v1/posts/{post['id']}/nominations"

    answers = await asyncio.gather(
        *(client.post(path, headers=token(f"official-{number}", "volunteer")) for number in range(5))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 3}
    assert {kind(answer)[1] for answer in answers if answer.status_code == 409} == {"post-full"}
    assert len((await client.get(path, headers=clerk_of(token))).json()["items"]) == 2
    assert (await client.get(f"/v1/posts/{post['id']}")).json()["state"] == "full"
    given = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert (await client.post(f"/v1/nominations/{given}/withdraw", headers=clerk_of(token))).json()[
        "state"
    ] == "withdrawn"
    assert (await client.get(f"/v1/posts/{post['id']}")).json()["state"] == "open"


async def test_post_is_taken_once_by_who_has_a_slip_and_again_after_giving_it_back(
    client: AsyncClient, token: Mint
) -> None:
    await reported(client, token, "official")
    await registered(client, token, "neighbour")
    path = f"/v1/posts/{(await opened(client, token))['id']}/nominations"
    official = token("official", "volunteer")

    first = (await client.post(path, headers=official)).json()
    assert kind(await client.post(path, headers=official)) == (409, "already-nominated")
    assert kind(await client.post(path, headers=token("neighbour", "volunteer")))[0] == 403
    withdraw = f"/v1/nominations/{first['id']}/withdraw"
    assert kind(await client.post(withdraw, headers=token("neighbour", "volunteer")))[0] == 403
    assert (await client.post(withdraw, headers=official)).status_code == 200
    assert kind(await client.post(withdraw, headers=official)) == (409, "nomination-withdrawn")
    assert (await client.post(path, headers=official)).status_code == 201


async def test_nobody_accepts_their_own_service_or_more_than_there_was(client: AsyncClient, token: Mint) -> None:
    await reported(client, token, "official")
    post = await opened(client, token)
    taken = await client.post(f"/v1/posts/{post['id']}/nominations", headers=token("official", "volunteer"))
    path = f"/v1/nominations/{taken.json()['id']}/accept"
    own = token("official", "volunteer", "staff", areas=(COMMUNITY,))

    assert kind(await client.post(path, headers=own, json={"minutes": 60})) == (409, "own-service")
    assert kind(await client.post(path, headers=clerk_of(token), json={"minutes": 121}))[0] == 422
    assert kind(await client.post(path, headers=clerk_of(token, "sanchajie/chating"), json={"minutes": 60}))[0] == 403
    assert (await client.post(path, headers=clerk_of(token), json={"minutes": 120})).status_code == 200
    assert kind(await client.post(path, headers=clerk_of(token), json={"minutes": 60})) == (409, "nomination-accepted")


async def test_post_that_is_over_or_closed_is_not_taken_and_one_to_come_not_accepted(
    client: AsyncClient, token: Mint
) -> None:
    await reported(client, token, "official")
    official = token("official", "volunteer")
    over = await opened(client, token, ends_at=(NOW - timedelta(minutes=1)).isoformat())
    shut, later = (
        await opened(client, token),
        await opened(client, token, begins_at=(NOW + timedelta(minutes=100)).isoformat()),
    )
    assert (await client.post(f"/v1/posts/{shut['id']}/close", headers=clerk_of(token))).json()["state"] == "closed"

    for post, slug in ((over, "post-over"), (shut, "post-closed")):
        assert kind(await client.post(f"/v1/posts/{post['id']}/nominations", headers=official)) == (409, slug)
    taken = (await client.post(f"/v1/posts/{later['id']}/nominations", headers=official)).json()
    early = await client.post(f"/v1/nominations/{taken['id']}/accept", headers=clerk_of(token), json={"minutes": 5})
    assert kind(early) == (409, "post-not-begun")


async def test_slip_is_made_out_once_and_only_for_volunteers(client: AsyncClient, token: Mint) -> None:
    await reported(client, token, "official")

    again = await client.post("/v1/slips", headers=token("official", "volunteer"), json={"employer": "housing"})
    stranger = await client.post("/v1/slips", headers=token("nobody", "volunteer"), json={"employer": "housing"})

    assert (kind(again), kind(stranger)) == ((409, "already-reported"), (404, "unknown-volunteer"))
    assert kind(await client.post("/v1/posts", headers=clerk_of(token), json={}))[0] == 422


def test_quarters_begin_and_end_where_the_next_begins() -> None:
    assert [one.isoformat() for one in (*quarter("2026-Q1"), *quarter("2026-Q4"))] == [
        "2026-01-01",
        "2026-04-01",
        "2026-10-01",
        "2027-01-01",
    ]


@pytest.mark.parametrize("text", ["2026", "2026-Q5", "26-Q1", "2026-Q0", "0000-Q1", "9999-Q4", "-Q1", "２０２６-Q1"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        quarter(text)
