"""Indicators as the API tells them: whole, broken down, as a table, and with the cases behind them."""

import csv
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.contracts import Satisfaction
from linli.messaging.embedded import EmbeddedTransport
from linli.testing.postgres import create_database, drop_database
from routing.api.indicator_csv import csv_lines
from routing.calendar import CHINA_TIME
from routing.domain.indicators import IndicatorName
from routing.domain.measures import TimeMeasure
from routing.figures import Breakdown
from routing.folding import fold
from routing.settings import RoutingSettings

from .service import B3, DISPUTE, FACADE, LIGHT, Headers, Service, running

JINPU = "sanchajie/jinpu"
LIANBANG = f"{JINPU}/lianbang"
B1 = f"{LIANBANG}/b1"
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@pytest.fixture(scope="module")
async def year(postgres_url: str, migrated_url: str, issuer: LocalIssuer, jwks: Path) -> AsyncIterator[Service]:
    """A service that is only read, with the cases of `live_through_a_year`."""
    url = create_database(postgres_url, template=migrated_url)
    settings = RoutingSettings(database_url=url, oidc_issuer=issuer.issuer, oidc_jwks_url=jwks.as_uri(), role="api")
    async with running(settings, EmbeddedTransport(create_async_engine(url)), issuer) as one:
        await live_through_a_year(one)
        yield one
    drop_database(postgres_url, url)


async def live_through_a_year(service: Service) -> None:
    """In B3 one light fixed (reworked once), one light long overdue, one quarrel fixed; a façade fixed at the top.

    One light of B1 was returned to the compound.
    """
    light = await service.resolved(LIGHT)
    await service.answer(light, solved=False, satisfaction=Satisfaction.DISSATISFIED)
    await service.move(light, "resolve", outcome="again")
    await service.answer(light, satisfaction=Satisfaction.BASICALLY_SATISFIED)
    await service.open(LIGHT, reported_at=LONG_AGO)
    await service.answer(await service.resolved(DISPUTE))
    await service.answer(await service.resolved(FACADE))
    await service.move(await service.open(LIGHT, B1), "return", reason="not ours")


async def figures(service: Service, by: Headers | None = None, /, **params: str) -> dict[str, tuple[float, int]]:
    response = await service.get("/indicators", by, **params)
    assert response.status_code == 200
    indicators = response.json()["total"]["indicators"]
    return {name: (one["numerator"], one["denominator"]) for name, one in indicators.items()}


async def test_all_indicators_are_told_with_their_parts(year: Service) -> None:
    assert await figures(year) == {
        "response": (4, 4),
        "solution": (3, 4),
        "satisfaction": (2.9, 4),
        "closing": (3, 4),
        "on_time_closing": (3, 4),
        "unanswered": (0, 3),
        "rework": (1, 4),
        "return": (1, 6),
        "extension": (0, 3),
        "whistle": (6, 5),
        "hops": (1, 5),
    }


async def test_figures_are_live_to_the_last_commit_whether_folded_or_not(service: Service) -> None:
    await service.resolved(LIGHT)
    async with service.engine.begin() as connection:
        assert await fold(connection, at=datetime.now(UTC)) > 0
    await service.move(await service.open(LIGHT), "return", reason="not ours")
    told = await figures(service)
    assert (told["return"], told["hops"]) == ((1, 3), (1, 2))


async def test_rates_round_half_up_and_are_null_without_a_denominator(year: Service) -> None:
    total = (await year.get("/indicators")).json()["total"]
    assert total["indicators"]["satisfaction"] == {"numerator": 2.9, "denominator": 4, "percent": 72.5, "mean": None}
    assert total["indicators"]["hops"] == {"numerator": 1.0, "denominator": 5, "percent": None, "mean": 0.2}
    nothing = (await year.get("/indicators", unit=f"{LIANBANG}/b2")).json()["total"]
    assert nothing["indicators"]["closing"]["percent"] is None
    assert nothing["times"]["accept"] == {"count": 0, "mean_hours": None, "p50_hours": None, "p90_hours": None}


async def test_times_are_told_for_each_stage(year: Service) -> None:
    times = (await year.get("/indicators", category=LIGHT)).json()["total"]["times"]
    assert {stage: time["count"] for stage, time in times.items()} == {
        "dispatch": 3,
        "accept": 1,
        "handle": 2,
        "verify": 1,
        "answer": 2,
    }
    # Two were routed at once, the third 400 days after its report.
    assert times["dispatch"]["mean_hours"] == pytest.approx(400 * 24 / 3, abs=2)  # the tests may have begun an hour ago


@pytest.mark.parametrize(
    ("params", "closing"),
    [
        ({"unit": B3}, (2, 3)),
        ({"unit": JINPU}, (2, 3)),
        ({"category": "facility"}, (2, 3)),
        ({"category": DISPUTE}, (1, 1)),
        ({"category": "disp"}, (0, 0)),
        ({"department": "housing"}, (2, 3)),
        ({"department": "water"}, (0, 0)),
        ({"unit": JINPU, "category": "facility", "department": "housing"}, (1, 2)),
        ({"from": datetime.now(CHINA_TIME).date().isoformat()}, (3, 3)),
        ({"to": datetime.now(CHINA_TIME).date().isoformat()}, (0, 1)),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
async def test_figures_are_those_of_what_is_asked_for(
    year: Service, params: dict[str, str], closing: tuple[int, int]
) -> None:
    assert (await figures(year, **params))["closing"] == closing


@pytest.mark.parametrize(
    ("by", "params", "expected"),
    [
        ("unit", {}, {"sanchajie": 5}),
        ("unit", {"unit": "sanchajie"}, {"sanchajie": 1, JINPU: 4}),
        ("unit", {"unit": LIANBANG}, {LIANBANG: 1, B3: 3, B1: 0}),
        ("category", {}, {LIGHT: 3, DISPUTE: 1, FACADE: 1}),
        ("department", {"unit": B3}, {"housing": 2, "justice": 1}),
    ],
)
async def test_rows_break_the_whole_down(
    year: Service, by: str, params: dict[str, str], expected: dict[str, int]
) -> None:
    body = (await year.get("/indicators", by=by, **params)).json()
    assert {row["key"]: row["indicators"]["whistle"]["denominator"] for row in body["rows"]} == expected
    assert body["total"]["indicators"]["whistle"]["denominator"] == sum(expected.values())


async def test_months_are_those_in_which_something_counts(year: Service) -> None:
    rows = (await year.get("/indicators", by="month")).json()["rows"]
    months = {day.astimezone(CHINA_TIME).strftime("%Y-%m") for day in (LONG_AGO, datetime.now(UTC))}
    assert months <= {row["key"] for row in rows}
    assert [row["key"] for row in rows] == sorted(row["key"] for row in rows)


@pytest.mark.parametrize("name", IndicatorName)
@pytest.mark.parametrize("part", ["numerator", "denominator"])
async def test_cases_behind_a_figure_add_up_to_it(year: Service, name: IndicatorName, part: str) -> None:
    numerator, denominator = (await figures(year))[name]
    amounts: list[float] = []
    after: dict[str, str] = {}
    while True:
        page = (await year.get(f"/indicators/{name}/cases", None, part=part, limit=1, **after)).json()
        amounts += [item["amount"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sum(amounts) == pytest.approx(numerator if part == "numerator" else denominator)
    assert 0 not in amounts


@pytest.mark.parametrize("stage", TimeMeasure)
async def test_cases_behind_a_time_are_told_with_their_seconds(year: Service, stage: TimeMeasure) -> None:
    time = (await year.get("/indicators")).json()["total"]["times"][stage.stage]
    items = (await year.get(f"/indicators/{stage}/cases", limit=200)).json()["items"]
    assert sum(item["amount"] for item in items) == time["count"]
    assert sum(item["seconds"] for item in items) / 3600 / time["count"] == pytest.approx(time["mean_hours"], abs=0.01)


async def test_confidential_cases_are_counted_and_not_listed_for_whoever_may_not_see_them(year: Service) -> None:
    clerk = year.by("clerk", "staff", areas=[JINPU])
    boss = year.by("boss", "supervisor", areas=[JINPU])
    for reader, categories in ((clerk, [LIGHT]), (boss, [DISPUTE, LIGHT])):
        assert (await figures(year, reader))["closing"] == (2, 3)
        items = (await year.get("/indicators/closing/cases", reader)).json()["items"]
        assert [item["case"]["category"] for item in items] == categories


@pytest.mark.parametrize("path", ["/indicators", "/indicators.csv", "/indicators/closing/cases"])
@pytest.mark.parametrize(
    ("roles", "areas", "unit", "status"),
    [
        (["staff"], [JINPU], "sanchajie", 403),
        (["staff"], [JINPU], B3, 200),
        (["supervisor"], [], B3, 403),
        (["platform"], [], B3, 200),
        (["handler"], ["sanchajie"], B3, 403),
    ],
)
async def test_indicators_are_told_within_the_callers_areas(
    year: Service, path: str, roles: list[str], areas: list[str], unit: str, status: int
) -> None:
    response = await year.get(path, year.by("somebody", *roles, areas=areas), unit=unit)
    assert response.status_code == status


async def test_staff_without_areas_are_told_nothing(year: Service) -> None:
    nobody = year.by("clerk", "staff")
    assert set((await figures(year, nobody)).values()) == {(0, 0)}
    assert (await year.get("/indicators/closing/cases", nobody)).json()["items"] == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"unit": "Not A Path"}, "unit"),
        ({"category": "facility."}, "category"),
        ({"category": "a.b.c"}, "category"),
        ({"department": "%"}, "department"),
        ({"from": "yesterday"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2025-02-01", "to": "2025-02-01"}, "to"),
        ({"from": "2025-02-02", "to": "2025-02-01"}, "to"),
        ({"by": "weather"}, "by"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value,
)
async def test_bad_question_is_refused_by_its_field(year: Service, params: dict[str, str], field: str) -> None:
    for path in ("/indicators", "/indicators.csv"):
        response = await year.get(path, None, **params)
        assert response.status_code == 422
        assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_unknown_indicator_and_forged_cursor_are_refused(year: Service) -> None:
    assert (await year.get("/indicators/happiness/cases")).status_code == 422
    assert (await year.get("/indicators/closing/cases", part="middle")).status_code == 422
    for cursor in ({"day": "0001-01-01", "case_id": str(UUID(int=1))}, {"day": "2025-01-01"}, {"opened_at": "x"}):
        after = urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
        assert (await year.get("/indicators/closing/cases", after=after)).status_code == 422


async def test_table_holds_the_figures_of_every_row(year: Service) -> None:
    headers = {**year.platform, "Accept-Language": "zh-Hant"}
    response = await year.get("/indicators.csv", headers, by="category")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(StringIO(response.text)))
    assert len(lines) == 3 * (len(IndicatorName) + len(TimeMeasure))
    (closing,) = [line for line in lines if (line["category"], line["name"]) == (LIGHT, "closing")]
    assert closing == {
        "category": LIGHT,
        "name": "closing",
        "title": "結案率",
        "numerator": "1",
        "denominator": "2",
        "percent": "50.00",
        "mean": "",
        "p50": "",
        "p90": "",
    }


async def test_table_of_nothing_has_a_head_and_empty_rates(service: Service) -> None:
    lines = (await service.get("/indicators.csv")).text.splitlines()
    assert lines[0] == "name,title,numerator,denominator,percent,mean,p50,p90"
    assert lines[1] == "response,响应率,0,0,,,,"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_text_that_reads_like_a_formula_is_neutralised(text: str) -> None:
    (_, first, *_) = csv_lines({text: {}}, Breakdown.CATEGORY, "en")
    assert next(csv.reader(StringIO(first)))[0] == f"'{text}"
