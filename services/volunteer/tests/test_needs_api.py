"""The public list of needs."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from linli.contracts import CategoryChanged, UnitChanged
from linli.district import load_district

from .builders import AREA, CATEGORY
from .conftest import World, eventually


async def test_need_reads_in_the_language_of_the_reader(world: World, client: AsyncClient) -> None:
    need = await world.open_need(2)

    english = (await client.get(f"/v1/needs/{need['id']}", headers={"Accept-Language": "en"})).json()

    assert (need["what"], need["area_name"]) == ("楼道灯不亮", "联邦新城3号楼")
    assert (english["what"], english["area_name"]) == ("Stair light out", "Lianbang New Town, Building 3")
    assert {name: english[name] for name in ("area", "category", "wanted", "claimed", "until", "state")} == {
        "area": AREA,
        "category": "facility.stair-light",
        "wanted": 2,
        "claimed": 0,
        "until": "2026-03-02T09:00:00Z",
        "state": "open",
    }


async def test_need_of_words_that_the_district_lacks_shows_the_codes(world: World) -> None:
    need = await world.open_need(1, category="facility.moved-away", area="elsewhere/one")

    assert (need["what"], need["area_name"]) == ("facility.moved-away", "elsewhere/one")


async def test_need_is_named_by_the_unit_and_the_category_as_they_are_now(world: World) -> None:
    await world.open_need(1)
    district = load_district()
    unit = district.unit(AREA).model_dump(mode="json", exclude_defaults=True) | {"name": {"zh_hans": "新三号楼"}}
    light = district.categories[CATEGORY].model_dump(mode="json") | {"name": {"zh_hans": "灯"}}
    await world.tell(UnitChanged(category="general.other", area=AREA, revision=2, unit=unit), 2)
    await world.tell(CategoryChanged(category=CATEGORY, area="sanchajie", version=2, content=light), 2)

    async def renamed() -> bool:
        return [(one["what"], one["area_name"]) for one in await world.needs()] == [("灯", "新三号楼")]

    await eventually(renamed)


async def test_list_is_narrowed_by_area_state_and_category(world: World) -> None:
    here = (await world.open_need(1))["id"]
    litter = (await world.open_need(1, category="environment.litter"))["id"]
    beside = (await world.open_need(1, area="sanchajie/jinpu/lianbang/b31"))["id"]

    async def found(**query: str) -> set[object]:
        return {need["id"] for need in await world.needs(**query)}

    assert await found() == {here, litter, beside}
    assert await found(area=AREA) == {here, litter}
    assert await found(area="sanchajie/jinpu") == {here, litter, beside}
    assert await found(category="environment.litter") == {litter}
    assert await found(state="open", area=AREA, category="facility.stair-light") == {here}
    assert await found(state="closed") == set()


async def test_pages_hold_every_need_once_newest_first(world: World, client: AsyncClient) -> None:
    made = [(await world.open_need(1))["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}

    while True:
        page = (await client.get("/v1/needs", params=query)).json()
        seen += [need["id"] for need in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query", ["area=Not%20A%20Path", "state=gone", "category=x", "limit=0", "limit=ten", "after=bm9uc2Vuc2U"]
)
async def test_list_refuses_what_it_does_not_understand(query: str, client: AsyncClient) -> None:
    assert (await client.get(f"/v1/needs?{query}")).status_code == 422


async def test_unknown_need_is_not_found(client: AsyncClient) -> None:
    answer = await client.get(f"/v1/needs/{uuid4()}")

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "unknown-need")
    assert (await client.get("/v1/needs/seven")).status_code == 422
