"""Every process decides by the newest rules, whoever changed them, and begins with what the files say."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.chassis.runtime import utc_now
from linli.chassis.settings import Role
from linli.district import District, DistrictFaultsError, load_district
from linli.district.load import EXAMPLE
from linli.district.places import Places
from linli.messaging.embedded import EmbeddedTransport
from routing import rulebooks
from routing.rulebooks import KEPT, Rulebooks
from routing.seeding import seed
from routing.settings import RoutingSettings
from routing.tables import catalogues, district_state, unit_changes, units

from .districts import B2, JINPU, LIANBANG, RENAMED, catalogue, changed, close, edit, move, problem, publish_catalogue
from .service import B3, LIGHT, Service, running


@pytest.fixture
async def empty(new_database: Callable[..., str], migrated_url: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database that no service was started on."""
    engine = create_async_engine(new_database(template=migrated_url))
    yield engine
    await engine.dispose()


def rulebooks_of(district: District) -> Rulebooks:
    return Rulebooks(district)


async def test_process_that_never_restarted_decides_by_rules_that_another_one_changed(
    make_settings: Callable[[Role], RoutingSettings], issuer: LocalIssuer
) -> None:
    settings = make_settings("api")

    def transport() -> EmbeddedTransport:
        return EmbeddedTransport(create_async_engine(settings.database_url.get_secret_value()))

    async with running(settings, transport(), issuer) as one, running(settings, transport(), issuer) as other:
        assert (await one.get(f"/cases/{await one.open(LIGHT)}")).json()["unit"] == B3
        await publish_catalogue(other, changed(await catalogue(other), LIGHT, authority="compound"))
        await move(other, LIANBANG, "sanchajie/heyuan")
        case = (await one.get(f"/cases/{await one.open(LIGHT, B3)}")).json()
        assert (case["unit"], case["area"]) == ("sanchajie/heyuan/lianbang", "sanchajie/heyuan/lianbang/b3")
        await edit(other, B2.replace(JINPU, "sanchajie/heyuan"))
        names = {unit["path"]: unit["name"] for unit in (await one.get("/grid")).json()["items"]}
        assert names["sanchajie/heyuan/lianbang/b2"] == RENAMED["zh_hans"]


async def test_rules_are_read_once_until_they_change(service: Service) -> None:
    async with service.engine.connect() as connection:
        first = await service.rulebooks.current(connection)
        assert await service.rulebooks.current(connection) is first
    await edit(service)
    async with service.engine.connect() as connection:
        second = await service.rulebooks.current(connection)
        older = await service.rulebooks.at(connection, 1)
    assert second.district.unit(B3).name.zh_hans == RENAMED["zh_hans"]
    assert second.district.unit(B2) is first.district.unit(B2)
    assert older is second


async def test_whatever_was_read_in_whichever_order_the_grid_is_the_same(service: Service) -> None:
    await close(service, B2)
    await move(service, LIANBANG, "sanchajie/heyuan")
    await move(service, "sanchajie/heyuan/lianbang", JINPU)
    async with service.engine.connect() as connection:
        grown = await service.rulebooks.current(connection)
        fresh = await rulebooks_of(load_district()).current(connection)
    assert list(grown.district.units.items()) == list(fresh.district.units.items())
    assert grown.successors == fresh.successors
    assert B2 not in grown.district.units
    assert grown.present("sanchajie/heyuan/lianbang/b3") == B3
    assert grown.present(B2) == LIANBANG


async def test_rules_are_made_and_places_indexed_where_they_keep_nobody_waiting(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    makers: tuple[tuple[Any, str], ...] = ((rulebooks, "rulebook_of"), (Places, "__init__"))
    for owner, name in makers:
        monkeypatch.setattr(owner, name, noting(getattr(owner, name), threads))
    assert (await edit(service)).status_code == 200
    assert (await publish_catalogue(service, await catalogue(service))).status_code == 200
    assert (await service.get("/units/at", lat=26.0391, lon=119.3252)).status_code == 200
    assert len(threads) >= len(makers)
    assert threading.main_thread() not in threads


def noting(made: Callable[..., object], threads: list[threading.Thread]) -> Callable[..., object]:
    def make(*given: object, **named: object) -> object:
        threads.append(threading.current_thread())
        return made(*given, **named)

    return make


async def test_catalogue_of_each_open_case_is_at_hand_however_many_there_were(service: Service) -> None:
    categories = await catalogue(service)
    for number in range(KEPT + 2):
        level = ("community", "compound")[number % 2]
        await publish_catalogue(service, changed(categories, LIGHT, authority=level))
    async with service.engine.connect() as connection:
        levels = [
            (await service.rulebooks.at(connection, version)).district.categories[LIGHT].authority.value
            for version in range(1, KEPT + 4)
        ]
    assert levels == ["building", *("community", "compound") * (KEPT // 2 + 1)]


async def test_processes_that_start_together_seed_once(empty: AsyncEngine, district: District) -> None:
    await asyncio.gather(*(seed(empty, district, rulebooks_of(district), now=utc_now) for _ in range(4)))
    async with empty.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(units)) == len(district.units)
        assert await connection.scalar(select(func.count()).select_from(unit_changes)) == len(district.units)
        assert await connection.scalar(select(func.count()).select_from(catalogues)) == 1
        assert (await connection.execute(select(district_state))).one() == (1, 1, 1)
        read = await rulebooks_of(district).current(connection)
    assert list(read.district.units.items()) == list(district.units.items())
    assert list(read.district.categories.items()) == list(district.categories.items())


async def test_file_that_differs_from_the_database_is_named_and_not_taken(
    empty: AsyncEngine, district: District
) -> None:
    await seed(empty, district, rulebooks_of(district), now=utc_now)
    renamed = district.unit(B3).model_copy(update={"name": district.unit(B2).name})
    parts = {name: getattr(district, name) for name in District.model_fields}
    files = District.model_validate({**parts, "units": {**district.units, B3: renamed}})
    with structlog.testing.capture_logs() as logs:
        await seed(empty, files, rulebooks_of(files), now=utc_now)
    assert [(one["log_level"], one["part"], one["way"]) for one in logs] == [("warning", "grid", "PUT /v1/grid")]
    async with empty.connect() as connection:
        assert (await rulebooks_of(files).current(connection)).district.unit(B3) == district.unit(B3)


async def test_departments_that_do_not_fit_the_database_keep_the_service_from_starting(
    empty: AsyncEngine, district: District, tmp_path: Path
) -> None:
    await seed(empty, district, rulebooks_of(district), now=utc_now)
    folder = copytree(EXAMPLE, tmp_path / "district")
    for name in ("departments.yaml", "categories.yaml"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("housing", "dwelling"), "utf-8")
    files = load_district(folder)
    with pytest.raises(DistrictFaultsError, match="unknown department housing"):
        await seed(empty, files, rulebooks_of(files), now=utc_now)


async def test_unit_that_a_department_listens_to_is_not_taken_from_it(
    make_settings: Callable[[Role], RoutingSettings], issuer: LocalIssuer, tmp_path: Path
) -> None:
    folder = copytree(EXAMPLE, tmp_path / "district")
    path = folder / "departments.yaml"
    path.write_text(path.read_text("utf-8").replace("areas: [sanchajie]", f"areas: [{LIANBANG}]", 1), "utf-8")
    settings = make_settings("api").model_copy(update={"district_dir": folder})
    unused = EmbeddedTransport(create_async_engine(settings.database_url.get_secret_value()))
    async with running(settings, unused, issuer) as service:
        response = await move(service, LIANBANG, "sanchajie/heyuan")
    assert problem(response) == (422, "district-faults")
    assert [one["file"] for one in response.json()["faults"]] == ["departments.yaml"]


async def test_change_that_fails_leaves_no_trace_in_the_rules(service: Service) -> None:
    async with service.engine.connect() as connection:
        await connection.execute(update(district_state).values(catalogue_version=9))
        await connection.rollback()
        assert (await service.rulebooks.current(connection)).catalogue_version == 1
