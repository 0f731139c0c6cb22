"""Staff publish catalogues while the service runs; cases keep the one that they came under."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from linli.contracts import CategoryChanged
from routing.domain.impact import way_of
from routing.domain.matter import Matter
from routing.tables import cases

from .districts import JINPU, LIANBANG, TOP, catalogue, changed, days, problem, publish_catalogue, told
from .service import B3, FACADE, LIGHT, Service


async def test_published_catalogue_holds_from_the_next_case_on(service: Service) -> None:
    before = await service.open(LIGHT)
    outcome = await publish_catalogue(service, changed(await catalogue(service), LIGHT, authority="community"))
    assert (outcome.status_code, outcome.json()["version"], outcome.json()["changed"]) == (200, 2, [LIGHT])
    after = await service.open(LIGHT)
    units = [(await service.get(f"/cases/{case_id}")).json()["unit"] for case_id in (before, after)]
    assert units == [B3, JINPU]
    (event,) = await told(service)
    assert isinstance(event.data, CategoryChanged)
    assert (event.partitionkey, event.subject, event.data.version) == (LIGHT, f"categories/{LIGHT}", 2)
    assert event.data.content is not None
    assert event.data.content["authority"] == "community"


async def test_case_keeps_the_limits_that_it_came_under_when_it_is_handed_up_or_opened_again(service: Service) -> None:
    moved, reopened = await service.open(LIGHT), await service.resolved(LIGHT)
    categories = await catalogue(service)
    limits = next(one["limits"] for one in categories if one["code"] == LIGHT)
    await publish_catalogue(service, changed(categories, LIGHT, limits=days(200, limits)))
    await service.move(moved, "escalate", reason="too big")
    await service.answer(reopened, solved=False)
    soon = datetime.now(UTC) + timedelta(days=30)
    for case_id in (moved, reopened):
        assert datetime.fromisoformat((await service.get(f"/cases/{case_id}")).json()["deadline"]) < soon
    fresh = (await service.get(f"/cases/{await service.open(LIGHT)}")).json()
    assert datetime.fromisoformat(fresh["deadline"]) > soon


async def done_when(service: Service, case_id: UUID) -> tuple[int, str]:
    """Return the version of the catalogue that a case keeps, and the condition on which it is closed."""
    english = {**service.platform, "Accept-Language": "en"}
    answer = (await service.client.get(f"/v1/cases/{case_id}/explanation", headers=english)).json()
    case = (await service.get(f"/cases/{case_id}")).json()
    assert case["catalogue_version"] == answer["catalogue_version"]
    return answer["catalogue_version"], answer["closing_condition"]


async def test_case_shows_the_version_that_it_keeps_and_the_closing_condition_of_that_version(service: Service) -> None:
    kept = await service.open(LIGHT)
    condition = {"zh_hans": "换成新灯", "zh_hant": "換成新燈", "en": "A new lamp"}
    answer = await publish_catalogue(service, changed(await catalogue(service), LIGHT, closing_condition=condition))
    assert answer.status_code == 200
    newer = await service.open(LIGHT)
    assert await done_when(service, kept) == (1, "Light works at night")
    assert await done_when(service, newer) == (2, "A new lamp")
    gone = [one for one in await catalogue(service, 2) if one["code"] != LIGHT]
    assert (await publish_catalogue(service, gone)).status_code == 200
    assert await done_when(service, kept) == (1, "Light works at night")


async def test_category_that_is_gone_is_told_and_its_cases_go_on(service: Service) -> None:
    case_id = await service.open(LIGHT)
    categories = [one for one in await catalogue(service) if one["code"] != LIGHT]
    assert (await publish_catalogue(service, categories)).json()["changed"] == [LIGHT]
    (event,) = await told(service)
    assert isinstance(event.data, CategoryChanged)
    assert event.data.content is None
    assert (await service.move(case_id, "escalate", reason="too big")).status_code == 200
    assert LIGHT not in {one["code"] for one in (await service.get("/categories")).json()["items"]}


def tally(checked: int, diverted: int, *, by_person: int = 0) -> dict[str, int]:
    """What is told of cases that were all checked, unless a person decided about them."""
    return {"total": checked + by_person, "by_person": by_person, "checked": checked, "diverted": diverted}


async def test_dry_run_says_of_each_case_what_becomes_true_when_it_is_applied(service: Service) -> None:
    diverted = {await service.open(LIGHT), await service.open(LIGHT, LIANBANG), await service.resolved(FACADE)}
    kept = {await service.open("dispute.neighbour"), await service.open("facility.volcano")}
    categories = changed(await catalogue(service), LIGHT, authority="community")
    limits = next(one["limits"] for one in categories if one["code"] == FACADE)
    categories = changed(
        categories, FACADE, limits=days(77, limits), department="urban-management", co_departments=["housing"]
    )
    tried = (await publish_catalogue(service, categories, dry_run=True)).json()
    assert (tried["version"], tried["dry_run"], tried["changed"]) == (1, True, [LIGHT, FACADE])
    assert tried["impact"]["of_open"] == tally(len(diverted | kept), len(diverted))
    assert {UUID(one["case_id"]) for one in tried["impact"]["diverted"]} == diverted
    assert (await service.get("/catalogue/versions")).json()["items"][0]["version"] == 1
    assert await told(service) == []
    assert (await publish_catalogue(service, categories)).json()["version"] == 2
    async with service.engine.connect() as connection:
        rulebook = await service.rulebooks.current(connection)
        former = await service.rulebooks.at(connection, 1)
    for one in tried["impact"]["diverted"]:
        for when, rules in (("before", former), ("after", rulebook)):
            way = way_of(rules, Matter(one["category"], one["area"], datetime.now(UTC)))
            assert one[when]["unit"] == way.unit
            assert one[when]["authority"] == way.authority
            assert tuple(one[when]["departments"]) == way.departments
            assert one[when]["limit"]["amount"] == way.limit.amount
        case = (await service.get(f"/cases/{await service.open(one['category'], one['area'])}")).json()
        assert (case["unit"], case["lead_department"]) == (one["after"]["unit"], one["after"]["departments"][0])


async def test_dry_run_looks_at_past_cases_of_ninety_days_and_at_open_ones_of_any_age(service: Service) -> None:
    old, recent, ancient = await service.open(), await service.resolved(), await service.resolved()
    for case_id in (recent, ancient):
        await service.answer(case_id)
    long_ago = datetime.now(UTC) - timedelta(days=91)
    async with service.engine.begin() as connection:
        await connection.execute(update(cases).where(cases.c.id.in_([old, ancient])).values(opened_at=long_ago))
    categories = changed(await catalogue(service), LIGHT, authority="community")
    impact = (await publish_catalogue(service, categories, dry_run=True)).json()["impact"]
    assert (impact["of_open"], impact["of_past"]) == (tally(1, 1), tally(1, 1))
    shown = {(UUID(one["case_id"]), one["is_open"]) for one in impact["diverted"]}
    assert shown == {(old, True), (recent, False)}


async def test_dry_run_leaves_out_what_a_person_decided_and_counts_it_apart(service: Service) -> None:
    by_rules, by_person = await service.open(), await service.open()
    await service.move(by_person, "escalate", service.b3_head, reason="too big")
    categories = changed(await catalogue(service), LIGHT, authority="community")
    impact = (await publish_catalogue(service, categories, dry_run=True)).json()["impact"]
    assert impact["of_open"] == tally(1, 1, by_person=1)
    assert [UUID(one["case_id"]) for one in impact["diverted"]] == [by_rules]


async def test_dry_run_says_how_many_cases_there_are_where_it_checks_a_part(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.impact.MOST_CASES", 2)
    for _ in range(3):
        await service.open()
    impact = (await publish_catalogue(service, await catalogue(service), dry_run=True)).json()["impact"]
    assert impact["of_open"] == {"total": 3, "by_person": 0, "checked": 2, "diverted": 0}


async def test_dry_run_names_no_confidential_case_to_whoever_may_not_see_it(service: Service) -> None:
    await service.open("dispute.neighbour")
    categories = changed(await catalogue(service), "dispute.neighbour", authority="community")
    by = service.by("operator", "platform")
    impact = (await publish_catalogue(service, categories, by, dry_run=True)).json()["impact"]
    assert (impact["of_open"]["diverted"], impact["diverted"]) == (1, [])


async def test_of_two_who_publish_on_the_same_version_one_is_refused(service: Service) -> None:
    categories = await catalogue(service)
    seen = (await service.get("/catalogue/versions/1")).headers["ETag"]
    wishes = [changed(categories, LIGHT, authority=level) for level in ("community", "compound")]
    both = await asyncio.gather(*(publish_catalogue(service, one, seen=seen) for one in wishes))
    assert sorted(one.status_code for one in both) == [200, 412]
    assert len((await service.get("/catalogue/versions")).json()["items"]) == 2


async def test_catalogue_that_holds_already_makes_no_version(service: Service) -> None:
    whole = (await service.get("/catalogue/versions/1")).json()["content"]
    outcome = await publish_catalogue(service, json.dumps(whole))
    assert (outcome.json()["version"], outcome.json()["changed"]) == (1, [])


async def test_versions_are_listed_with_who_published_them_and_stay_as_they_were(service: Service) -> None:
    categories = await catalogue(service)
    await publish_catalogue(service, changed(categories, LIGHT, authority="community"), reason="台风季")
    newest = (await service.get("/catalogue/versions", limit=1)).json()
    oldest = (await service.get("/catalogue/versions", limit=1, after=newest["next"])).json()
    (second,), (first,) = newest["items"], oldest["items"]
    assert (second["version"], second["actor"], second["note"]) == (2, "operator", "台风季")
    assert (first["version"], first["actor"], oldest["next"]) == (1, "system", None)
    assert first["categories"] == len(categories)
    assert await catalogue(service) == categories
    assert problem(await service.get("/catalogue/versions/3")) == (404, "unknown-catalogue-version")
    assert (await service.get("/catalogue/versions/0")).status_code == 422


async def test_catalogue_with_faults_is_refused_with_all_of_them(service: Service) -> None:
    categories = await catalogue(service)
    strangers = changed(changed(categories, LIGHT, department="nobody"), FACADE, co_departments=["none"])
    response = await publish_catalogue(service, strangers)
    assert problem(response) == (422, "district-faults")
    assert response.json()["faults"] == [
        {"file": "categories.yaml", "entry": LIGHT, "fault": "unknown department nobody"},
        {"file": "categories.yaml", "entry": FACADE, "fault": "unknown department none"},
    ]
    without = [one for one in categories if one["code"] != "general.other"]
    assert (await publish_catalogue(service, without)).json()["faults"][0]["entry"] == "general.other"
    twice = await publish_catalogue(service, [*categories, categories[0]])
    assert twice.json()["faults"][0]["fault"] == "duplicate code"
    assert len((await service.get("/catalogue/versions")).json()["items"]) == 1


async def test_override_that_has_had_its_time_is_not_published(service: Service) -> None:
    over = {"code": "fair", "name": {"zh_hans": "庙会"}, "when": [{"to": "2019-05-07"}], "urgency": "urgent"}
    response = await publish_catalogue(service, changed(await catalogue(service), LIGHT, overrides=[over]))
    assert problem(response) == (422, "district-faults")
    assert [one["fault"] for one in response.json()["faults"]] == ["its override fair: its time was over on 2019-05-07"]


@pytest.mark.parametrize(
    ("role", "area", "status"), [("platform", "x", 200), ("supervisor", TOP, 200), ("supervisor", JINPU, 403)]
)
async def test_catalogue_is_for_those_who_oversee_the_whole_grid(
    service: Service, role: str, area: str, status: int
) -> None:
    by = service.by("boss", role, areas=[area])
    for dry_run in (True, False):
        assert (await publish_catalogue(service, await catalogue(service), by, dry_run=dry_run)).status_code == status


async def test_case_says_which_catalogue_it_came_under(service: Service) -> None:
    first = await service.open()
    await publish_catalogue(service, changed(await catalogue(service), LIGHT, authority="community"))
    second = await service.open()
    async with service.engine.connect() as connection:
        query = select(cases.c.id, cases.c.catalogue_version)
        versions = {row.id: row.catalogue_version for row in await connection.execute(query)}
    assert versions == {first: 1, second: 2}
