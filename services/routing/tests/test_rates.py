"""Rates over the return visits and cases of a unit with all beneath it."""

from datetime import UTC, datetime, timedelta

import pytest

from linli.contracts import Satisfaction

from .service import B3, FACADE, LIGHT, Headers, Service

JINPU = "sanchajie/jinpu"
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


async def rates(service: Service, by: Headers | None = None, **params: str) -> dict[str, tuple[float, int]]:
    response = await service.get("/rates", by, **params)
    assert response.status_code == 200
    return {name: (rate["numerator"], rate["denominator"]) for name, rate in response.json().items()}


@pytest.fixture
async def year(service: Service) -> Service:
    """Two closed cases in B3 (one reworked), one late and open there, one closed and one fresh at the top."""
    reworked = await service.resolved(LIGHT)
    await service.answer(reworked, solved=False, contacted=False, satisfaction=Satisfaction.DISSATISFIED)
    await service.move(reworked, "resolve", outcome="again")
    await service.answer(reworked)
    await service.answer(await service.resolved(LIGHT), satisfaction=Satisfaction.BASICALLY_SATISFIED)
    await service.open(LIGHT, reported_at=LONG_AGO)
    await service.answer(await service.resolved(FACADE))
    await service.open(FACADE)
    return service


async def test_rates_of_all_for_the_platform(year: Service) -> None:
    assert await rates(year) == {
        "response": (3, 4),
        "solution": (3, 4),
        "satisfaction": (2.9, 4),
        "closing": (3, 4),
        "on_time_closing": (3, 4),
    }


@pytest.mark.parametrize("unit", [B3, JINPU])
async def test_rates_of_a_unit_count_what_it_owns(year: Service, unit: str) -> None:
    assert await rates(year, unit=unit) == {
        "response": (2, 3),
        "solution": (2, 3),
        "satisfaction": (1.9, 3),
        "closing": (2, 3),
        "on_time_closing": (2, 3),
    }


async def test_rates_for_staff_are_those_of_their_areas(year: Service) -> None:
    clerk = year.by("clerk", "staff", areas=[JINPU])
    assert await rates(year, clerk) == await rates(year, unit=JINPU)
    assert await rates(year, year.by("clerk", "staff")) == dict.fromkeys(await rates(year), (0, 0))


async def test_percent_is_told_and_null_without_a_denominator(service: Service) -> None:
    assert (await service.get("/rates")).json()["closing"]["percent"] is None
    await service.answer(await service.resolved(LIGHT), satisfaction=Satisfaction.BASICALLY_SATISFIED)
    assert (await service.get("/rates")).json()["satisfaction"] == {"numerator": 0.9, "denominator": 1, "percent": 90.0}


async def test_case_resolved_late_does_not_count_as_in_time(service: Service) -> None:
    case_id = await service.open(LIGHT, reported_at=LONG_AGO)
    await service.move(case_id, "accept")
    await service.move(case_id, "resolve", outcome="late")
    await service.answer(case_id)
    told = await rates(service)
    assert (told["closing"], told["on_time_closing"]) == ((1, 1), (0, 1))


@pytest.mark.parametrize(
    ("roles", "areas", "unit", "status"),
    [
        (["staff"], [JINPU], "sanchajie", 403),
        (["staff"], [JINPU], B3, 200),
        (["supervisor"], [], B3, 403),
        (["platform"], [], B3, 200),
        (["handler"], ["sanchajie"], B3, 403),
        (["staff"], ["sanchajie"], "Not A Path", 422),
    ],
)
async def test_rates_are_told_within_the_callers_areas(
    service: Service, roles: list[str], areas: list[str], unit: str, status: int
) -> None:
    response = await service.get("/rates", service.by("somebody", *roles, areas=areas), unit=unit)
    assert response.status_code == status
