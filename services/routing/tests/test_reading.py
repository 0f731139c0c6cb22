"""Cases are seen by those they concern, in lists as in detail."""

import json
from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

import pytest

from linli.chassis.issuer import LocalIssuer

from .service import B3, B3_HEAD, DISPUTE, FACADE, LIANBANG_WORKER, LIGHT, Service

JINPU = "sanchajie/jinpu"


@pytest.mark.parametrize(
    ("subject", "roles", "areas", "plain", "confidential"),
    [
        (B3_HEAD, ["handler"], [], True, True),
        (LIANBANG_WORKER, ["handler"], [], False, False),
        (LIANBANG_WORKER, ["handler"], ["sanchajie"], False, False),
        ("clerk", ["staff"], [JINPU], True, False),
        ("clerk", ["staff"], [B3], True, False),
        ("clerk", ["staff"], [f"{B3}/x"], False, False),
        ("clerk", ["staff"], ["sanchajie/jin"], False, False),
        ("clerk", ["staff"], [], False, False),
        ("clerk", ["staff"], ["%"], False, False),
        (B3_HEAD, ["staff"], [JINPU], True, False),
        ("boss", ["supervisor"], [JINPU], True, True),
        ("boss", ["supervisor"], ["elsewhere"], False, False),
        ("operator", ["platform"], [], True, False),
        ("operator", ["platform"], ["sanchajie"], True, True),
    ],
)
async def test_who_sees_a_case_in_detail_sees_it_in_lists(
    service: Service,
    subject: str,
    roles: list[str],
    areas: list[str],
    plain: bool,  # noqa: FBT001 - a parametrized value
    confidential: bool,  # noqa: FBT001 - a parametrized value
) -> None:
    reader = service.by(subject, *roles, areas=areas)
    expected = {await service.open(LIGHT): plain, await service.open(DISPUTE): confidential}
    listed = {item["id"] for item in (await service.get("/cases", reader)).json()["items"]}
    assert listed == {str(case_id) for case_id, visible in expected.items() if visible}
    for case_id, visible in expected.items():
        for path in ("", "/explanation", "/history"):
            response = await service.get(f"/cases/{case_id}{path}", reader)
            assert response.status_code == (200 if visible else 403)


async def test_case_outside_of_the_grid_is_seen_from_the_top(service: Service) -> None:
    case_id = await service.open(LIGHT, "nowhere/at-all")
    body = (await service.get(f"/cases/{case_id}", service.by("clerk", "staff", areas=["sanchajie"]))).json()
    assert (body["area"], body["unit"]) == ("nowhere/at-all", "sanchajie")
    assert (await service.get(f"/cases/{case_id}", service.by("clerk", "staff", areas=[JINPU]))).status_code == 403


@pytest.mark.parametrize(
    "path", ["/cases", f"/cases/{UUID(int=1)}", f"/cases/{UUID(int=1)}/explanation", "/grid", "/categories", "/rates"]
)
async def test_reading_needs_a_token_of_ours_with_a_role(
    service: Service, path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign = LocalIssuer.load_or_create(tmp_path_factory.mktemp("foreign") / "key.json")
    token = foreign.mint("operator", name="Operator", roles=["platform"], areas=["sanchajie"])
    assert (await service.client.get(f"/v1{path}")).status_code == 401
    assert (await service.get(path, {"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await service.get(path, {"Authorization": "Bearer nonsense"})).status_code == 401
    assert (await service.get(path, service.by("helper", "volunteer", areas=["sanchajie"]))).status_code == 403


@pytest.mark.parametrize("path", ["", "/explanation", "/history"])
async def test_unknown_case_is_not_found(service: Service, path: str) -> None:
    response = await service.get(f"/cases/{UUID(int=1)}{path}")
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (404, "unknown-case")


@pytest.mark.parametrize(
    "params",
    [
        {"state": "lost"},
        {"category": "roof"},
        {"unit": "sanchajie//x"},
        {"unit": "a" * 121},
        {"handler": "Li Sanhe"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "ten"},
        {"after": "nonsense"},
        {"after": "e30"},
        {"after": ""},
    ],
)
async def test_bad_filter_is_refused(service: Service, params: dict[str, str | int]) -> None:
    assert (await service.get("/cases", None, **params)).status_code == 422


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        ("", {"opened_at": "0001-01-01T00:00:00+14:00", "id": str(uuid4())}),
        ("", {"opened_at": "2026-01-01T00:00:00", "id": str(uuid4())}),
        ("/history", {"version": 2**31}),
        ("/history", {"version": -1}),
        ("/history", {"version": 1, "case_id": str(uuid4())}),
    ],
)
async def test_forged_cursor_is_refused(service: Service, path: str, cursor: dict[str, str | int]) -> None:
    place = f"/cases/{await service.open()}{path}" if path else "/cases"
    after = urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
    assert (await service.get(place, after=after)).status_code == 422


async def test_id_of_another_kind_is_refused(service: Service) -> None:
    assert (await service.get("/cases/seven")).status_code == 422


async def test_list_is_filtered(service: Service) -> None:
    light = await service.open(LIGHT)
    facade = await service.open(FACADE)
    await service.move(light, "accept")
    wanted: list[tuple[dict[str, str], list[str]]] = [
        ({"state": "accepted"}, [str(light)]),
        ({"state": "closed"}, []),
        ({"category": FACADE}, [str(facade)]),
        ({"unit": "sanchajie"}, [str(facade), str(light)]),
        ({"unit": JINPU}, [str(light)]),
        ({"unit": B3}, [str(light)]),
        ({"unit": "sanchajie/jin"}, []),
        ({"handler": B3_HEAD}, [str(light)]),
        ({"handler": B3_HEAD, "category": FACADE}, []),
    ]
    for params, ids in wanted:
        response = await service.get("/cases", None, **params)
        assert [item["id"] for item in response.json()["items"]] == ids, params


async def test_list_comes_in_pages_the_newest_first(service: Service) -> None:
    ids = [str(await service.open()) for _ in range(5)]
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 2}
    for size in (2, 2, 1):
        page = (await service.get("/cases", None, **params)).json()
        assert len(page["items"]) == size
        seen += [item["id"] for item in page["items"]]
        params["after"] = page["next"]
    assert page["next"] is None
    assert seen == ids[::-1]


async def test_case_tells_what_may_be_done_next(service: Service) -> None:
    light, facade = await service.open(LIGHT), await service.open(FACADE)
    anywhere = ["route", "accept", "delegate", "transfer", "dispatch", "recall", "assign", "supervise", "decline"]
    assert (await service.get(f"/cases/{facade}")).json()["allowed"] == anywhere
    upwards = set((await service.get(f"/cases/{light}")).json()["allowed"]) - set(anywhere)
    assert upwards == {"escalate", "return"}


@pytest.mark.parametrize(
    ("language", "sentence", "above"),
    [
        ("zh-Hans", "责任人：联邦新城3号楼楼栋长例三和。", "联邦新城"),
        ("zh-Hant", "責任人：聯邦新城3號樓樓棟長例三和。", "聯邦新城"),
        ("en", "The handler is 例三和, Building head of Lianbang New Town, Building 3.", "Lianbang New Town"),
    ],
)
async def test_explanation_is_in_the_readers_language(
    service: Service, language: str, sentence: str, above: str
) -> None:
    case_id = await service.open()
    await service.move(case_id, "escalate", reason="cable in the wall")
    headers = {**service.platform, "Accept-Language": language}
    body = (await service.get(f"/cases/{case_id}/explanation", headers)).json()
    assert body["language"] == language
    assert sentence in [rule["text"] for rule in body["rules"]]
    assert [(hop["action"], hop["to_unit"], hop["reason"]) for hop in body["hops"]] == [
        ("escalate", above, "cable in the wall")
    ]


async def test_grid_names_units_and_persons(service: Service) -> None:
    body = (await service.get("/grid", {**service.b3_head, "Accept-Language": "en"})).json()
    assert body["items"][0]["parent"] is None
    (b3,) = [unit for unit in body["items"] if unit["path"] == B3]
    assert (b3["name"], b3["level"], b3["level_name"]) == ("Lianbang New Town, Building 3", "building", "building")
    assert b3["persons"] == [{"id": B3_HEAD, "name": "例三和", "post": "Building head"}]


async def test_categories_name_authority_departments_and_limit(service: Service) -> None:
    body = (await service.get("/categories", {**service.b3_head, "Accept-Language": "zh-Hant"})).json()
    (drain,) = [one for one in body["items"] if one["code"] == "facility.drain-blocked"]
    assert (drain["authority"], drain["authority_name"]) == ("compound", "小區")
    assert drain["lead_department"] == {"slug": "housing", "name": "房管"}
    assert [one["slug"] for one in drain["co_departments"]] == ["water"]
    assert drain["time_limit"] == {"amount": 14, "kind": "working-hours", "unit": "個工作小時"}
