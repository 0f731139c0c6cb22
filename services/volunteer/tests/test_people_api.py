"""Volunteers: what they tell, who sees it, and what others have to say for them."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from .conftest import Mint

HOME = "sanchajie/jinpu/lianbang/b3"
COMMUNITY = "sanchajie/jinpu"
ANNA = {
    "name": "例安娜",
    "area": HOME,
    "skills": ["electrical", "carrying", "carrying"],
    "languages": ["zh-Hans"],
    "availability": {
        "weekly": [{"weekday": 0, "begins": "22:00", "ends": "02:00"}],
        "otherwise": [{"begins": "2026-03-10T00:00", "ends": "2026-03-10T01:00", "free": False}],
    },
    "minutes_a_month": 600,
    "consents": True,
}


async def registered(client: AsyncClient, token: Mint, subject: str = "anna", **told: Any) -> dict[str, Any]:
    answer = await client.post("/v1/volunteers/me", headers=token(subject, "volunteer"), json={**ANNA, **told})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def kind(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def test_volunteer_registers_reads_and_changes_what_they_told(client: AsyncClient, token: Mint) -> None:
    anna = token("anna", "volunteer")
    told = await registered(client, token)

    assert told["skills"] == ["carrying", "electrical"]
    assert (told["number"][0], len(told["number"]), told["version"]) == ("V", 13, 1)
    assert (await client.get("/v1/volunteers/me", headers=anna)).json() == told
    path = f"/v1/volunteers/{told['id']}"
    changed = await client.patch(path, headers=anna | {"If-Match": '"1"'}, json={"radius_m": 500, "consents": False})
    assert (changed.json()["radius_m"], changed.json()["consented_at"], changed.headers["ETag"]) == (500, None, '"2"')
    assert kind(await client.patch(path, headers=anna | {"If-Match": '"1"'}, json={"radius_m": 1})) == (412, "stale")
    assert (await client.get(path, headers=anna)).json() == changed.json()


async def test_nobody_registers_twice_and_a_repeated_key_returns_the_first(client: AsyncClient, token: Mint) -> None:
    keyed = token("anna", "volunteer") | {"Idempotency-Key": "one"}
    first = await client.post("/v1/volunteers/me", headers=keyed, json=ANNA)

    assert (await client.post("/v1/volunteers/me", headers=keyed, json=ANNA)).json() == first.json()
    assert kind(await client.post("/v1/volunteers/me", headers=token("anna", "volunteer"), json=ANNA)) == (
        409,
        "already-registered",
    )


async def test_free_time_goes_over_midnight_and_leaves_out_exceptions(client: AsyncClient, token: Mint) -> None:
    told = await registered(client, token)
    path = f"/v1/volunteers/{told['id']}/availability"
    week = {"begins": "2026-03-09T00:00:00Z", "ends": "2026-03-16T00:00:00+08:00"}

    answer = await client.get(path, headers=token("anna", "volunteer"), params=week)

    assert answer.json() == [
        {"begins": "2026-03-09T14:00:00Z", "ends": "2026-03-09T16:00:00Z"},
        {"begins": "2026-03-09T17:00:00Z", "ends": "2026-03-09T18:00:00Z"},
    ]
    backwards = {"begins": week["ends"], "ends": week["begins"]}
    assert kind(await client.get(path, headers=token("anna", "volunteer"), params=backwards))[0] == 422


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"area": "sanchajie/nowhere"}, "area"),
        ({"born": "2024-01-01"}, "born"),
        ({"born": "1800-01-01"}, "born"),
        ({"radius_m": -1}, "radius_m"),
        ({"skills": ["Not A Slug"]}, "skills.0"),
        ({"availability": {"zone": "Mars/Olympus"}}, "availability.zone"),
        (
            {"availability": {"weekly": [{"weekday": 7, "begins": "09:00", "ends": "10:00"}]}},
            "availability.weekly.0.weekday",
        ),
        (
            {"availability": {"otherwise": [{"begins": "2026-03-02T02:00", "ends": "2026-03-02T01:00", "free": True}]}},
            "availability.otherwise.0",
        ),
        ({"party": "some"}, "party"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    told: dict[str, Any], field: str, client: AsyncClient, token: Mint
) -> None:
    answer = await client.post("/v1/volunteers/me", headers=token("anna", "volunteer"), json={**ANNA, **told})

    assert kind(answer) == (422, "invalid-request")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_only_oneself_and_who_organises_there_sees_somebody(client: AsyncClient, token: Mint) -> None:
    path = f"/v1/volunteers/{(await registered(client, token))['id']}"

    async def status(*roles: str, areas: tuple[str, ...] = (), subject: str = "other") -> int:
        return (await client.get(path, headers=token(subject, *roles, areas=areas))).status_code

    assert (await client.get(path)).status_code == 401
    assert await status("volunteer") == 404
    assert await status("staff", areas=("sanchajie/chating",)) == 403
    assert await status("staff", areas=(COMMUNITY,)) == 200
    assert await status("platform") == 200
    assert kind(await client.delete(path, headers=token("other", "volunteer")))[0] == 404


async def test_list_shows_who_lives_where_the_caller_organises(client: AsyncClient, token: Mint) -> None:
    anna = await registered(client, token)
    berta = await registered(client, token, "berta", skills=["cooking"])
    await registered(client, token, "chen", area="sanchajie")

    async def found(*areas: str, **query: str | int) -> list[str]:
        headers = token("clerk", "staff", areas=areas)
        page = (await client.get("/v1/volunteers", headers=headers, params=query)).json()
        return [one["id"] for one in page["items"]]

    assert await found(COMMUNITY) == [berta["id"], anna["id"]]
    assert await found(COMMUNITY, skill="electrical") == [anna["id"]]
    assert await found(COMMUNITY, number=berta["number"]) == [berta["id"]]
    assert await found("sanchajie", area=HOME, limit=1) == [berta["id"]]
    assert await found() == await found("sanchajie/chating") == []
    assert (await client.get("/v1/volunteers", headers=token("anna", "volunteer"))).status_code == 403


async def test_qualification_and_guardian_are_noted_by_somebody_else(client: AsyncClient, token: Mint) -> None:
    told = await registered(client, token, born="2012-05-01")
    path = f"/v1/volunteers/{told['id']}"
    clerk = token("clerk", "staff", areas=(COMMUNITY,))
    own = token("anna", "volunteer", "staff", areas=(COMMUNITY,))

    for sent in ({"expires_on": "2026-06-30"}, {"expires_on": "2026-12-31"}):
        assert (await client.put(f"{path}/qualifications/first-aid", headers=clerk, json=sent)).status_code == 204
    assert (await client.put(f"{path}/guardian", headers=clerk, json={"guardian": "例母"})).json()["guardian"] == "例母"
    read = (await client.get(path, headers=clerk)).json()
    assert [(one["code"], one["expires_on"]) for one in read["qualifications"]] == [("first-aid", "2026-12-31")]
    assert kind(await client.put(f"{path}/qualifications/driver", headers=own, json={}))[0] == 403
    assert kind(await client.put(f"{path}/guardian", headers=own, json={"guardian": "例父"}))[0] == 403
    assert (await client.delete(f"{path}/qualifications/first-aid", headers=own)).status_code == 204
    assert (await client.get(path, headers=clerk)).json()["qualifications"] == []


async def test_staff_register_somebody_without_an_account_where_they_organise(client: AsyncClient, token: Mint) -> None:
    clerk = token("clerk", "staff", areas=(COMMUNITY,))

    made = await client.post("/v1/volunteers", headers=clerk, json=ANNA)

    assert made.status_code == 201
    elsewhere = token("clerk", "staff", areas=("sanchajie/chating",))
    assert kind(await client.post("/v1/volunteers", headers=elsewhere, json=ANNA)) == (403, "forbidden")
    assert (await client.delete(f"/v1/volunteers/{made.json()['id']}", headers=clerk)).status_code == 204
    assert kind(await client.get(f"/v1/volunteers/{made.json()['id']}", headers=clerk)) == (404, "unknown-volunteer")


async def test_nobody_else_gives_somebodys_consent(client: AsyncClient, token: Mint) -> None:
    path = f"/v1/volunteers/{(await registered(client, token, consents=False))['id']}"
    clerk = token("clerk", "staff", areas=(COMMUNITY,))

    assert kind(await client.patch(path, headers=clerk, json={"consents": True})) == (403, "forbidden")
    assert (await client.patch(path, headers=token("anna", "volunteer"), json={"consents": True})).json()[
        "consented_at"
    ]
    assert (await client.patch(path, headers=clerk, json={"consents": False})).json()["consented_at"] is None
