"""Who leaves takes nothing with them that others wait for."""

from httpx import AsyncClient

from .conftest import Mint
from .test_duty_api import QUARTER, clerk_of, opened, reported
from .test_people_api import kind
from .test_shifts_api import announced, free, joined, mine
from .test_wishes_api import claimed, published


async def test_what_somebody_had_taken_is_free_when_they_leave(client: AsyncClient, token: Mint) -> None:
    await reported(client, token, "official")
    official = token("official", "volunteer")
    own = (await client.get("/v1/volunteers/me", headers=official)).json()["id"]
    always = {"availability": {"weekly": [{"weekday": day, "begins": "00:00", "ends": "00:00"} for day in range(7)]}}
    await client.patch(f"/v1/volunteers/{own}", headers=official, json=always)
    await free(client, token, "next")
    post, wish = await opened(client, token, headcount=1), await published(client, token)
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    assert (await client.post(f"/v1/posts/{post['id']}/nominations", headers=official)).status_code == 201
    await claimed(client, token, wish, "official")
    assert (await joined(client, token, shift, "official")).json()["state"] == "accepted"
    assert (await joined(client, token, shift, "next")).json()["state"] == "waiting"

    assert (await client.delete(f"/v1/volunteers/{own}", headers=official)).status_code == 204

    assert (await client.get(f"/v1/posts/{post['id']}")).json()["state"] == "open"
    assert (await client.get(f"/v1/wishes/{wish['id']}")).json()["state"] == "published"
    assert [one["state"] for one in await mine(client, token, "next")] == ["offered"]
    assert kind(await client.get("/v1/volunteers/me", headers=official)) == (404, "unknown-volunteer")


async def test_accepted_service_stays_in_the_return_without_a_name(
    client: AsyncClient, token: Mint, department: Mint
) -> None:
    slip = await reported(client, token, "official")
    await reported(client, token, "idle")
    post, other = await opened(client, token), await opened(client, token)
    for one in (post, other):
        path = f"/v1/posts/{one['id']}/nominations"
        taken = (await client.post(path, headers=token("official", "volunteer"))).json()
        if one is post:
            done = {"minutes": 60, "remark": "例安娜很认真"}
            await client.post(f"/v1/nominations/{taken['id']}/accept", headers=clerk_of(token), json=done)
        else:
            await client.post(f"/v1/nominations/{taken['id']}/withdraw", headers=token("official", "volunteer"))
    for name in ("official", "idle"):
        own = (await client.get("/v1/volunteers/me", headers=token(name, "volunteer"))).json()["id"]
        assert (await client.delete(f"/v1/volunteers/{own}", headers=token(name, "volunteer"))).status_code == 204

    told = (await client.get(f"/v1/duty-returns/{QUARTER}", headers=department("housing"))).json()
    assert [(one["number"], one["name"], one["services"], one["minutes"]) for one in told] == [(None, None, 1, 60)]
    table = (await client.get(f"/v1/duty-returns/{QUARTER}/csv", headers=department("housing"))).text
    assert f"housing,{slip['area']},,,1,60" in table
    takers = (await client.get(f"/v1/posts/{post['id']}/nominations", headers=clerk_of(token))).json()["items"]
    assert [(one["name"], one["remark"]) for one in takers] == [(None, None)]
    assert (await client.get(f"/v1/posts/{other['id']}/nominations", headers=clerk_of(token))).json()["items"] == []
    assert (await client.get("/v1/slips", headers=department("housing"))).json()["items"] == []
