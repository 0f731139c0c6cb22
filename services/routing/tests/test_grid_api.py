"""Staff change the grid while the service runs."""

import asyncio
import json
from typing import Any

import pytest
import yaml
from sqlalchemy import update

from linli.contracts import UnitChanged
from routing.tables import district_state, units

from .districts import (
    B2,
    JINPU,
    LIANBANG,
    RENAMED,
    TOP,
    catalogue,
    changed,
    close,
    edit,
    export,
    import_grid,
    move,
    problem,
    publish_catalogue,
    told,
)
from .service import B3, LIGHT, Service

HEYUAN = "sanchajie/heyuan"


def closing(exported: str, successors: dict[str, str]) -> list[dict[str, Any]]:
    """Return the units of a grid, some of them closed in favour of others."""
    ends = {path: {"closed": True, "successor": successor} for path, successor in successors.items()}
    return [{**one, **ends.get(one["path"], {})} for one in yaml.safe_load(exported)["units"]]


async def test_renamed_unit_is_shown_renamed_and_told_once(service: Service) -> None:
    response = await edit(service)
    assert (response.status_code, response.json()["revision"], response.headers["ETag"]) == (200, 2, '"2"')
    listed = {one["path"]: one["name"] for one in (await service.get("/grid")).json()["items"]}
    assert listed[B3] == "新三号楼"
    (event,) = await told(service)
    assert isinstance(event.data, UnitChanged)
    assert (event.partitionkey, event.subject, event.sequence) == (B3, f"units/{B3}", "000000000002")
    assert (event.data.unit["name"], event.data.closed, event.data.revision) == (RENAMED, False, 2)


async def test_change_that_changes_nothing_is_neither_told_nor_noted(service: Service) -> None:
    await edit(service)
    assert (await edit(service)).json()["count"] == 0
    assert len(await told(service)) == 1
    assert len((await service.get("/grid/changes", unit=B3)).json()["items"]) == 2


async def test_each_change_is_noted_with_who_made_it_why_and_what_was_there(service: Service) -> None:
    body = {"unit": {"name": RENAMED}, "reason": "新门牌"}
    await service.client.patch(f"/v1/units/{B3}", headers=service.platform, json=body)
    await close(service, B2, B3, "merged")
    first = (await service.get("/grid/changes", limit=1)).json()
    second = (await service.get("/grid/changes", limit=1, after=first["next"])).json()
    (closed,), (renamed,) = first["items"], second["items"]
    assert (closed["path"], closed["after"], closed["successor"], closed["reason"]) == (B2, None, B3, "merged")
    assert (renamed["actor"], renamed["actor_name"], renamed["reason"]) == ("operator", "Name of operator", "新门牌")
    assert (renamed["before"]["name"]["zh_hans"], renamed["after"]["name"]) == ("联邦新城3号楼", RENAMED)


async def test_of_two_editors_who_saw_the_same_unit_one_is_refused(service: Service) -> None:
    seen = (await service.get(f"/units/{B3}")).headers["ETag"]
    both = await asyncio.gather(edit(service, seen=seen), edit(service, seen=seen))
    assert sorted(one.status_code for one in both) == [200, 412]
    (refused,) = [one for one in both if one.status_code == 412]
    assert problem(refused) == (412, "stale-district")
    assert refused.headers["ETag"] == (await service.get(f"/units/{B3}")).headers["ETag"]


async def test_unit_that_others_left_alone_may_be_changed_by_whoever_saw_it(service: Service) -> None:
    seen = (await service.get(f"/units/{B3}")).headers["ETag"]
    assert (await edit(service, B2)).status_code == 200
    assert (await edit(service, B3, seen=seen)).status_code == 200


async def test_import_of_a_grid_that_has_changed_meanwhile_is_refused(service: Service) -> None:
    response = await service.get("/grid", format="yaml")
    await edit(service)
    assert problem(await import_grid(service, response.text, seen=response.headers["ETag"])) == (412, "stale-district")
    assert (await import_grid(service, response.text)).json()["count"] == 1


@pytest.mark.parametrize(("form", "media"), [("yaml", "application/yaml"), ("geojson", "application/geo+json")])
async def test_exported_grid_can_be_imported_and_changes_nothing(service: Service, form: str, media: str) -> None:
    response = await import_grid(service, await export(service, form), media=media)
    assert (response.status_code, response.json()["count"], response.json()["revision"]) == (200, 0, 1)


async def test_import_adds_changes_and_closes_at_once(service: Service) -> None:
    units = yaml.safe_load(await export(service))["units"]
    kept = [{**one, "name": RENAMED} if one["path"] == B3 else one for one in units if one["path"] != B2]
    b9 = {**next(one for one in units if one["path"] == B2), "path": f"{LIANBANG}/b9", "persons": []}
    outcome = (await import_grid(service, [*kept, b9], reason="survey")).json()
    assert outcome["revision"] == 2
    assert {one["path"]: (one["is_new"], one["successor"]) for one in outcome["changes"]} == {
        B3: (False, None),
        B2: (False, LIANBANG),
        f"{LIANBANG}/b9": (True, None),
    }
    paths = [one["path"] for one in (await service.get("/grid")).json()["items"]]
    assert paths == [*(one["path"] for one in kept), f"{LIANBANG}/b9"]
    events = {event.partitionkey: event.data for event in await told(service)}
    assert events.keys() == {B2, B3, f"{LIANBANG}/b9"}


async def test_dry_run_of_an_import_changes_nothing_and_names_the_cases_that_would_move(service: Service) -> None:
    case_id, other = await service.open(area=B2), await service.open(area=B3)
    units = [one for one in yaml.safe_load(await export(service))["units"] if one["path"] != B2]
    tried = (await import_grid(service, units, dry_run=True)).json()
    assert (tried["revision"], tried["dry_run"], tried["count"]) == (1, True, 1)
    assert tried["impact"]["of_open"] == {"total": 2, "by_person": 0, "checked": 2, "diverted": 1}
    (diverted,) = tried["impact"]["diverted"]
    assert (diverted["case_id"], diverted["before"]["unit"]) == (str(case_id), B2)
    assert diverted["after"]["unit"] == LIANBANG
    assert (await service.get(f"/units/{B2}")).status_code == 200
    assert await told(service) == []
    assert (await service.get(f"/cases/{other}")).json()["unit"] == B3


@pytest.mark.parametrize("dry_run", [True, False])
async def test_import_warns_of_outlines_that_overlap_or_cross_themselves(service: Service, *, dry_run: bool) -> None:
    units = {one["path"]: one for one in yaml.safe_load(await export(service))["units"]}
    assert (await import_grid(service, list(units.values()))).json()["warnings"] == []
    west, south = units[B2]["outline"]["coordinates"][0][0]
    bow = [[west, south], [west + 1e-4, south + 1e-4], [west + 1e-4, south], [west, south + 1e-4], [west, south]]
    overlapping = {**units, B3: {**units[B3], "outline": units[B2]["outline"]}}
    crossing = {**units, B2: {**units[B2], "outline": {"type": "Polygon", "coordinates": [bow]}}}
    for odd, path, said in (
        (overlapping, B3, f"its outline overlaps that of {B2} by"),
        (crossing, B2, "its outline is not sound"),
    ):
        response = await import_grid(service, list(odd.values()), dry_run=dry_run)
        assert response.status_code == 200
        assert (path, said) in {(one["path"], one["warning"][: len(said)]) for one in response.json()["warnings"]}


async def test_faulty_import_is_refused_with_every_fault_and_leaves_the_grid_alone(service: Service) -> None:
    units = yaml.safe_load(await export(service))["units"]
    wrong = [
        *units,
        units[3],
        {"path": "sanchajie/x", "level": "tower", "name": {"zh_hans": "x"}},
        {"path": "Not A Path", "level": "building", "name": {}},
        "nothing",
    ]
    response = await import_grid(service, wrong)
    assert problem(response) == (422, "district-faults")
    faults = {(one["entry"], one["fault"].partition(":")[0]) for one in response.json()["faults"]}
    assert faults >= {
        (units[3]["path"], "duplicate path"),
        ("sanchajie/x", "level"),
        ("Not A Path", "path"),
        ("Not A Path", "name.zh_hans"),
        (f"entry {len(wrong)}", "entry"),
    }
    assert {one["file"] for one in response.json()["faults"]} == {"grid.yaml"}
    assert (await service.get("/grid")).headers["ETag"] == '"1"'


async def test_every_orphan_of_an_import_is_named(service: Service) -> None:
    units = [one for one in yaml.safe_load(await export(service))["units"] if one["path"] != LIANBANG]
    response = await import_grid(service, units)
    orphans = {one["path"] for one in units if one["path"].startswith(f"{LIANBANG}/")}
    assert orphans <= {one["entry"] for one in response.json()["faults"]}
    assert response.json()["count"] == len(response.json()["faults"]) > len(orphans)


@pytest.mark.parametrize(
    "successors",
    [{B2: B3, B3: B2}, {B3: B3}, {B3: "sanchajie/gone"}],
    ids=["circle", "itself", "unknown"],
)
async def test_import_whose_closed_units_lead_to_no_open_one_is_refused_with_their_names(
    service: Service, successors: dict[str, str]
) -> None:
    response = await import_grid(service, closing(await export(service), successors))
    assert problem(response) == (422, "district-faults")
    faults = {(one["entry"], one["fault"]) for one in response.json()["faults"]}
    assert faults == {(path, "its successors lead to no open unit") for path in successors}
    assert (await service.get("/grid")).headers["ETag"] == '"1"'


async def test_import_names_another_successor_of_a_unit_that_is_closed_already(service: Service) -> None:
    exported = await export(service)
    assert (await import_grid(service, closing(exported, {B3: B2}))).json()["count"] == 1
    assert (await import_grid(service, closing(exported, {B3: B2}))).json()["count"] == 0
    outcome = (await import_grid(service, closing(exported, {B3: LIANBANG}))).json()
    assert [(one["path"], one["successor"]) for one in outcome["changes"]] == [(B3, LIANBANG)]
    case = (await service.get(f"/cases/{await service.open(area=B3)}")).json()
    assert (case["unit"], case["area"]) == (LIANBANG, LIANBANG)


async def test_import_repairs_units_that_succeed_each_other(service: Service) -> None:
    exported = await export(service)
    await import_grid(service, closing(exported, {B2: LIANBANG, B3: LIANBANG}))
    async with service.engine.begin() as connection:
        for path, successor in ((B2, B3), (B3, B2)):
            row = {"successor": successor, "revision": 3}
            await connection.execute(update(units).where(units.c.path == path).values(row))
        await connection.execute(update(district_state).values(grid_revision=3))
    assert problem(await edit(service, JINPU)) == (422, "district-faults")
    assert (await import_grid(service, closing(exported, {B2: LIANBANG, B3: B2}))).json()["count"] == 1
    assert (await edit(service, JINPU)).status_code == 200


async def test_grid_of_another_kind_or_size_is_refused(service: Service) -> None:
    assert problem(await import_grid(service, "x", media="text/csv")) == (415, "unsupported-media-type")
    response = await import_grid(service, "#" * 32_000_001)
    assert problem(response) == (413, "content-too-large")
    assert problem(await import_grid(service, "#" * 2_000_000)) == (422, "district-faults")


async def test_unit_is_changed_by_the_platform_and_by_supervisors_of_its_area_alone(service: Service) -> None:
    strangers = [("supervisor", HEYUAN), ("supervisor", f"{B3}/x"), ("staff", TOP), ("handler", TOP)]
    for role, area in strangers:
        assert problem(await edit(service, by=service.by("boss", role, areas=[area]))) == (403, "forbidden")
    assert await told(service) == []
    assert (await edit(service, by=service.by("boss", "supervisor", areas=[LIANBANG]))).json()["count"] == 1
    assert (await edit(service, B2, by=service.by("boss", "platform"))).json()["count"] == 1
    assert (await service.client.patch(f"/v1/units/{B3}", json={"unit": {"name": RENAMED}})).status_code == 401
    assert (await service.client.put("/v1/grid", content="x")).status_code == 401


async def test_supervisor_imports_no_change_beyond_their_areas(service: Service) -> None:
    by = service.by("boss", "supervisor", areas=[HEYUAN])
    units = yaml.safe_load(await export(service))["units"]
    renamed = [{**one, "name": RENAMED} if one["path"] in {B3, HEYUAN} else one for one in units]
    assert problem(await import_grid(service, renamed, by)) == (403, "forbidden")
    renamed = [{**one, "name": RENAMED} if one["path"] == HEYUAN else one for one in units]
    assert (await import_grid(service, renamed, by)).json()["count"] == 1


async def test_supervisor_moves_nothing_into_or_out_of_their_areas(service: Service) -> None:
    for area in (JINPU, HEYUAN):
        by = service.by("boss", "supervisor", areas=[area])
        body = {"parent": HEYUAN}
        response = await service.client.post(f"/v1/units/{LIANBANG}/move", headers=by, json=body)
        assert problem(response) == (403, "forbidden")


async def test_supervisor_leaves_no_cases_to_units_beyond_their_areas(service: Service) -> None:
    by = service.by("boss", "supervisor", areas=[LIANBANG])
    for body in ({"successor": HEYUAN}, {"successor": JINPU}):
        response = await service.client.post(f"/v1/units/{B3}/close", headers=by, json=body)
        assert problem(response) == (403, "forbidden")
    exported = await export(service)
    assert problem(await import_grid(service, closing(exported, {B3: HEYUAN}), by)) == (403, "forbidden")
    response = await service.client.post(f"/v1/units/{B3}/close", headers=by, json={"successor": B2})
    assert response.status_code == 200


async def test_supervisor_sees_the_changes_in_their_areas(service: Service) -> None:
    await edit(service)
    boss, neighbour = (service.by("boss", "supervisor", areas=[area]) for area in (JINPU, HEYUAN))
    seen = (await service.get("/grid/changes", boss)).json()["items"]
    assert seen[0]["path"] == B3
    assert B3 not in {one["path"] for one in (await service.get("/grid/changes", neighbour)).json()["items"]}


async def test_moved_unit_is_found_at_its_new_path_with_all_beneath_it(service: Service) -> None:
    outcome = (await move(service, LIANBANG, HEYUAN)).json()
    there = f"{HEYUAN}/lianbang"
    assert (await service.get(f"/units/{there}/b3")).json()["revision"] == outcome["revision"] == 2
    assert problem(await service.get(f"/units/{LIANBANG}")) == (404, "unknown-unit")
    former = {
        event.data.area: event.data.former for event in await told(service) if isinstance(event.data, UnitChanged)
    }
    assert (former[f"{there}/b3"], former[B3]) == (B3, None)
    assert (await move(service, there, JINPU)).json()["revision"] == 3
    assert (await service.get(f"/units/{B3}")).json()["revision"] == 3


async def test_rules_of_a_unit_follow_it_when_it_moves_or_closes(service: Service) -> None:
    here = {"code": "here", "name": {"zh_hans": "此处"}, "areas": [B2], "unit": B3}
    categories = changed(await catalogue(service), LIGHT, overrides=[here])
    assert (await publish_catalogue(service, categories)).status_code == 200
    assert (await move(service, LIANBANG, HEYUAN)).status_code == 200
    there = f"{HEYUAN}/lianbang"
    for path in (B2, f"{there}/b2"):
        assert (await service.get(f"/cases/{await service.open(LIGHT, path)}")).json()["unit"] == f"{there}/b3"
    assert (await close(service, f"{there}/b3")).status_code == 200
    assert (await service.get(f"/cases/{await service.open(LIGHT, B2)}")).json()["unit"] == there
    # Whoever publishes what they read means the same unit.
    assert (await publish_catalogue(service, categories)).json()["version"] == 2


async def test_change_that_would_break_the_grid_is_refused_and_undone(service: Service) -> None:
    before = await export(service)
    for path, action, body in (
        (LIANBANG, "close", {}),
        (B3, "close", {"successor": "sanchajie/gone"}),
        (LIANBANG, "move", {"parent": B3}),
        (JINPU, "move", {"parent": HEYUAN}),
    ):
        response = await service.client.post(f"/v1/units/{path}/{action}", headers=service.platform, json=body)
        assert problem(response) == (422, "district-faults")
    assert await export(service) == before
    assert await told(service) == []


async def test_point_is_answered_with_the_unit_whose_ground_it_is(service: Service) -> None:
    assert (await service.get("/units/at", lat=26.0391, lon=119.3252)).json()["path"] == B2
    assert problem(await service.get("/units/at", lat=0, lon=0)) == (404, "no-unit-there")
    assert (await service.get("/units/at", lat=91, lon=0)).status_code == 422
    await close(service, B2)
    assert (await service.get("/units/at", lat=26.0391, lon=119.3252)).json()["path"] != B2


async def test_geojson_holds_every_unit_with_its_place(service: Service) -> None:
    features = json.loads(await export(service, "geojson"))["features"]
    places = {one["properties"]["path"]: one["geometry"] for one in features}
    assert {place["type"] for place in places.values()} == {"Polygon"}
    assert [119.32495, 26.0389] in places[B2]["coordinates"][0]
