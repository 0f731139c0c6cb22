"""A service knows the district by its files and by what it was told since, in whichever order and process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis import district as district_module
from linli.chassis.database import NAMING, create_engine
from linli.chassis.district import Districts, district_reactions, district_table
from linli.chassis.settings import ServiceSettings
from linli.contracts import CategoryChanged, EventData, UnitChanged, new_event
from linli.district import load_district
from linli.district.known import KnownDistrict

METADATA = MetaData(naming_convention=NAMING)
ENTRIES = district_table(METADATA)
REACTIONS = district_reactions(ENTRIES)
FILES = load_district()
LIANBANG, THERE = "sanchajie/jinpu/lianbang", "sanchajie/heyuan/lianbang"
B2, B3 = f"{LIANBANG}/b2", f"{LIANBANG}/b3"
LIGHT = "facility.stair-light"


@pytest.fixture
async def engine(make_settings: Callable[..., ServiceSettings], database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(make_settings(database_url))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
def districts() -> Districts:
    return Districts(FILES, ENTRIES)


def unit(path: str = B3, *, at: str | None = None, name: str = "新三号楼", **told: Any) -> UnitChanged:
    """Say that a unit has changed; its other fields are as in the files."""
    content = FILES.unit(path).model_dump(mode="json", exclude_defaults=True)
    content |= {"path": at or path, "name": {"zh_hans": name}}
    return UnitChanged(category="general.other", area=at or path, revision=2, unit=content, **told)


async def tell(engine: AsyncEngine, *events: EventData, sequence: int = 2) -> None:
    async with engine.begin() as connection:
        for data in events:
            event = new_event(data, id=uuid4(), sequence=sequence, time=datetime.now(UTC))
            await REACTIONS[type(data)](None, connection, event)


async def known(engine: AsyncEngine, districts: Districts) -> KnownDistrict:
    async with engine.connect() as connection:
        return await districts.current(connection)


async def test_nothing_told_the_district_is_that_of_the_files(engine: AsyncEngine, districts: Districts) -> None:
    district = await known(engine, districts)
    assert (district.units, district.categories) == (FILES.units, FILES.categories)
    assert await known(engine, districts) is district


async def test_renamed_unit_has_its_new_name_in_a_process_that_was_there_before(
    engine: AsyncEngine, districts: Districts
) -> None:
    await known(engine, districts)
    await tell(engine, unit())
    district = await known(engine, districts)
    assert district.unit(B3).name.zh_hans == "新三号楼"
    assert list(district.units) == list(FILES.units)
    assert await known(engine, districts) is district


async def test_what_a_request_knows_is_asked_for_once_in_a_while(
    engine: AsyncEngine, districts: Districts, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(district_module, "monotonic", lambda: clock[0])

    async def name() -> str:
        async with engine.connect() as connection:
            return (await districts.recent(connection)).unit(B3).name.zh_hans

    before = await name()
    await tell(engine, unit())
    clock[0] += district_module.RECENT_S / 2
    assert await name() == before
    clock[0] += district_module.RECENT_S
    assert await name() == "新三号楼"


async def test_older_news_of_a_unit_changes_nothing(engine: AsyncEngine, districts: Districts) -> None:
    await tell(engine, unit(name="newer"), sequence=5)
    await tell(engine, unit(name="older"), sequence=4)
    assert (await known(engine, districts)).unit(B3).name.zh_hans == "newer"


async def test_closed_unit_is_known_by_name_and_by_who_took_over(engine: AsyncEngine, districts: Districts) -> None:
    await tell(engine, unit(closed=True, successor=B2))
    district = await known(engine, districts)
    assert B3 not in district.units
    named = district.named(B3)
    assert named is not None
    assert named.name.zh_hans == "新三号楼"
    assert (district.present(B3), district.present(B2), district.present("nowhere")) == (B2, B2, "nowhere")


async def test_unit_that_moved_there_and_back_is_where_it_was(engine: AsyncEngine, districts: Districts) -> None:
    moved = unit(B2, at="sanchajie/heyuan/b2", former=B2)
    await tell(engine, unit(B2, closed=True, successor="sanchajie/heyuan/b2"), moved)
    assert (await known(engine, districts)).present(B2) == "sanchajie/heyuan/b2"
    back = unit(B2, at="sanchajie/heyuan/b2", closed=True, successor=B2)
    await tell(engine, back, unit(B2), sequence=3)
    district = await known(engine, districts)
    assert (district.present(B2), district.present("sanchajie/heyuan/b2")) == (B2, B2)
    assert B2 in district.units


async def test_unit_waits_for_the_one_that_it_lies_under(engine: AsyncEngine, districts: Districts) -> None:
    await tell(engine, unit(B3, at=f"{THERE}/b3"))
    assert f"{THERE}/b3" not in (await known(engine, districts)).units
    await tell(engine, unit(LIANBANG, at=THERE))
    district = await known(engine, districts)
    assert [one.path for one in district.ancestry(f"{THERE}/b3")][1] == THERE


async def test_district_without_a_top_is_never_shown(engine: AsyncEngine, districts: Districts) -> None:
    await tell(engine, unit("sanchajie", closed=True, successor="elsewhere"))
    assert (await known(engine, districts)).top.path == "sanchajie"
    await tell(engine, unit("sanchajie", at="elsewhere"))
    assert (await known(engine, districts)).top.path == "elsewhere"


async def test_category_changes_and_goes(engine: AsyncEngine, districts: Districts) -> None:
    content = FILES.categories[LIGHT].model_dump(mode="json") | {"name": {"zh_hans": "灯"}}
    await tell(engine, CategoryChanged(category=LIGHT, area="sanchajie", version=2, content=content))
    assert (await known(engine, districts)).categories[LIGHT].name.zh_hans == "灯"
    await tell(engine, CategoryChanged(category=LIGHT, area="sanchajie", version=3, content=None), sequence=3)
    assert LIGHT not in (await known(engine, districts)).categories


async def test_entry_of_a_later_release_is_left_out_and_said(engine: AsyncEngine, districts: Districts) -> None:
    later = unit(B2)
    await tell(engine, later.model_copy(update={"unit": {**later.unit, "drone": True}}), unit(B3))
    with structlog.testing.capture_logs() as logs:
        district = await known(engine, districts)
    assert (district.unit(B2), district.unit(B3).name.zh_hans) == (FILES.unit(B2), "新三号楼")
    assert [one["key"] for one in logs] == [B2]


async def test_of_changes_noted_at_once_none_is_missed(engine: AsyncEngine, districts: Districts) -> None:
    paths = [path for path in FILES.units if path.startswith(f"{LIANBANG}/")]

    async def look() -> None:
        for _ in range(20):
            await known(engine, districts)

    await asyncio.gather(look(), *(tell(engine, unit(path, name=f"新{path}")) for path in paths))
    district = await known(engine, districts)
    assert {path: district.unit(path).name.zh_hans for path in paths} == {path: f"新{path}" for path in paths}
