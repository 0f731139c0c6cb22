"""Figures are the same before facts are folded, while they are, afterwards, and when the facts are built anew."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from linli.contracts import Satisfaction
from linli.district import District
from linli.testing.postgres import create_database, drop_database
from routing.calendar import ChineseCalendar
from routing.domain.actor import Actor
from routing.domain.case import Case
from routing.domain.facts import Step, Visit
from routing.domain.matter import Matter
from routing.domain.owners import allowed_moves
from routing.domain.period import Period
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, State
from routing.fact_tables import daily_counts, facts, monthly_counts, projections
from routing.figures import Breakdown, Sums, read_sums
from routing.folding import Folding, fold
from routing.rebuild_indicators import rebuild_in
from routing.rebuilding import build_once
from routing.scope import Scope
from routing.store import cases_from, load_case
from routing.tables import cases, moves, return_visits
from routing.usecases import (
    Command,
    accept_case,
    escalate_case,
    open_new_case,
    resolve_case,
    return_case,
    start_case,
    take_return_visit,
)

from .recount import Life, recount
from .service import eventually

JINPU = "sanchajie/jinpu"
LIANBANG, B3, B1 = f"{JINPU}/lianbang", f"{JINPU}/lianbang/b3", f"{JINPU}/lianbang/b1"
CATEGORIES = ("facility.stair-light", "facility.roof-leak", "safety.fire-lane", "dispute.neighbour", "facility.facade")
BEGINNING = datetime(2025, 1, 20, 1, 0, tzinfo=UTC)
PLAYED = (Action.ACCEPT, Action.START, Action.RESOLVE, Action.ESCALATE, Action.RETURN)
BOSS = Actor(id="boss", name="Boss", oversees=("sanchajie",))


class Year(NamedTuple):
    """A few months of cases that were moved at random, and when they end."""

    engine: AsyncEngine
    lives: list[Life]
    end: datetime


@asynccontextmanager
async def database(postgres_url: str, template: str) -> AsyncIterator[AsyncEngine]:
    url = create_database(postgres_url, template=template)
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()
    drop_database(postgres_url, url)


@pytest.fixture(scope="module")
async def year(postgres_url: str, migrated_url: str, district: District) -> AsyncIterator[Year]:
    async with database(postgres_url, migrated_url) as engine:
        async with engine.begin() as connection:
            end = await live(connection, Rulebook(district, ChineseCalendar()), Random(30428))
            lives = await lives_of(connection)
        yield Year(engine, lives, end)


async def live(connection: AsyncConnection, rulebook: Rulebook, random: Random) -> datetime:
    """Open 25 cases and move them 200 times in all."""
    now, opened = BEGINNING, 0
    for turn in range(225):
        now += timedelta(hours=random.randint(0, 30), seconds=random.randint(0, 3599))
        if turn % 9 == 0:
            opened += 1
            await open_new_case(
                connection,
                rulebook,
                UUID(int=opened),
                Matter(
                    random.choice(CATEGORIES),
                    random.choice((B3, B1, LIANBANG)),
                    now - timedelta(minutes=random.randint(1, 300)),
                ),
                at=now,
            )
        else:
            await move(connection, rulebook, UUID(int=random.randint(1, opened)), random, now)
    return now


async def move(connection: AsyncConnection, rulebook: Rulebook, case_id: UUID, random: Random, now: datetime) -> None:
    case = await load_case(connection, case_id)
    allowed = [one for one in allowed_moves(case, rulebook) if one in PLAYED]
    if not allowed and case.state is not State.RESOLVED:
        return
    command = Command(case_id=case_id, actor=BOSS, at=now)
    if case.state is State.RESOLVED:
        await take_return_visit(
            connection,
            rulebook,
            case_id=case_id,
            contacted=random.random() < 0.9,
            solved=random.random() < 0.6,
            satisfaction=random.choice(list(Satisfaction)),
            answered_at=now - timedelta(seconds=2),
            at=now,
        )
        return
    action = random.choice([*allowed, *(one for one in allowed if one is Action.RESOLVE)])
    if action in {Action.ESCALATE, Action.RETURN}:
        up = escalate_case if action is Action.ESCALATE else return_case
        await up(connection, rulebook, command, "not here")
    elif action is Action.RESOLVE:
        await resolve_case(connection, rulebook, command, "done")
    else:
        await (accept_case if action is Action.ACCEPT else start_case)(connection, rulebook, command)


async def lives_of(connection: AsyncConnection) -> list[Life]:
    rows = (await connection.execute(select(cases))).mappings().all()
    lives = {case.id: Life(case) for case in await cases_from(connection, rows)}
    for row in (await connection.execute(select(moves).order_by(moves.c.case_id, moves.c.version))).mappings():
        lives[row["case_id"]].steps.append(Step(row["action"], row["moved_at"], row["from_unit"], row["to_unit"]))
    for row in (await connection.execute(select(return_visits).order_by(return_visits.c.number))).mappings():
        life = lives[row["case_id"]]
        life.visits.append(Visit(life.case.return_visits[row["number"] - 1], row["unit"]))
    return list(lives.values())


SCOPES = {
    "all": Scope(),
    "a community": Scope(areas=(JINPU,)),
    "two areas, one within the other": Scope(areas=(LIANBANG, B3)),
    "two buildings": Scope(areas=(B1, B3)),
    "nothing": Scope(areas=()),
    "a major category": Scope(category="facility"),
    "a minor category": Scope(category="dispute.neighbour", areas=(LIANBANG,)),
    "a department": Scope(department="housing"),
    "whole months": Scope(period=Period(date(2025, 2, 1), date(2025, 5, 1))),
    "days within a month": Scope(period=Period(date(2025, 2, 7), date(2025, 2, 20)), areas=(LIANBANG,)),
    "days around months": Scope(period=Period(date(2025, 1, 25), date(2025, 4, 11)), areas=(JINPU,)),
    "from a day on": Scope(period=Period(date(2025, 2, 3))),
    "up to a day": Scope(period=Period(None, date(2025, 3, 9)), category="safety"),
    "up to a day to come": Scope(period=Period(None, date(2099, 3, 9))),
}


def expected(year: Year, scope: Scope, at: datetime, by: Breakdown | None = None) -> dict[str, Mapping[str, int]]:
    """Count what a scope holds, by what it is broken down by."""
    units = {unit for life in year.lives for unit in (life.case.unit, *(step.to_unit for step in life.steps))}
    keys: dict[str, dict[str, Callable[..., bool]]] = {"": {}}
    if by is Breakdown.MONTH:
        keys = {f"2025-{month:02}": {"day": lambda day, month=month: day.month == month} for month in range(1, 13)}
    elif by is Breakdown.CATEGORY:
        keys = {one: {"case": lambda case, one=one: case.category == one} for one in CATEGORIES}
    elif by is Breakdown.DEPARTMENT:
        leads = {life.case.lead_department or "" for life in year.lives}
        keys = {one: {"case": lambda case, one=one: case.lead_department == one} for one in leads}
    elif by is Breakdown.UNIT:
        (area,) = scope.outermost()
        beneath = {key_beneath(unit, area) for unit in units if covers(area, unit)}
        keys = {one: {"unit": lambda unit, one=one: key_beneath(unit, area) == one} for one in beneath}
    told = {key: recounted(year, scope, at, **conditions) for key, conditions in keys.items()}
    return {key: sums for key, sums in told.items() if sums}


def recounted(
    year: Year,
    scope: Scope,
    at: datetime,
    *,
    unit: Callable[[str], bool] = lambda _: True,
    day: Callable[[date], bool] = lambda _: True,
    case: Callable[[Case], bool] = lambda _: True,
) -> Mapping[str, int]:
    begins, ends = scope.period.begins or date.min, scope.period.ends or date.max
    wanted = scope.category or ""
    return recount(
        year.lives,
        at=at,
        unit=lambda one: any(covers(area, one) for area in scope.areas) and unit(one),
        day=lambda one: begins <= one < ends and day(one),
        case=lambda one: (
            f"{one.category}.".startswith(f"{wanted}." if wanted else "")
            and scope.department in {None, one.lead_department}
            and case(one)
        ),
    )


def covers(area: str, unit: str) -> bool:
    return not area or f"{unit}/".startswith(f"{area}/")


def key_beneath(unit: str, area: str) -> str:
    depth = len(area.split("/")) if area else 0
    return "/".join(unit.split("/")[: depth + 1])


async def told(
    engine: AsyncEngine, scope: Scope, at: datetime, by: Breakdown | None = None
) -> dict[str, Mapping[str, int]]:
    async with engine.connect() as connection:
        sums: dict[str, Sums] = await read_sums(connection, scope, by, at=at)
    return {key: {name: amount for name, amount in each.items() if amount} for key, each in sums.items()}


async def unfolded(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return (await connection.scalar(select(func.count()).where(~facts.c.folded))) or 0


async def fold_all(engine: AsyncEngine, at: datetime, most: int = 2000) -> None:
    folded = most
    while folded:
        async with engine.begin() as connection:
            folded = await fold(connection, at=at, most=most)


async def forget_counts(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(facts.update().values(folded=False))
        await connection.execute(delete(daily_counts))
        await connection.execute(delete(monthly_counts))


@pytest.mark.parametrize("state", ["nothing is folded", "some is folded", "all is folded", "facts are built anew"])
async def test_figures_are_what_a_recount_finds(year: Year, state: str) -> None:
    at = year.end + timedelta(days=2)
    await forget_counts(year.engine)
    if state == "some is folded":
        async with year.engine.begin() as connection:
            assert await fold(connection, at=at, most=300) == 300
    if state == "facts are built anew":
        await rebuild_in(year.engine.url.render_as_string(hide_password=False))
    if state in {"all is folded", "facts are built anew"}:
        await fold_all(year.engine, at)
    for name, scope in SCOPES.items():
        assert await told(year.engine, scope, at) == expected(year, scope, at), name
    for by in Breakdown:
        for name in ("all", "a community", "days around months", "a major category"):
            assert await told(year.engine, SCOPES[name], at, by) == expected(year, SCOPES[name], at, by), (by, name)


async def test_deadline_counts_from_its_moment_on_whether_folded_or_not(year: Year) -> None:
    open_now = [life.case.promised_at for life in year.lives if life.case.state is not State.CLOSED]
    due = max(open_now)
    for moment in (due - timedelta(seconds=1), due):
        assert await told(year.engine, Scope(), moment) == expected(year, Scope(), moment)
        await fold_all(year.engine, moment)
        assert await told(year.engine, Scope(), moment) == expected(year, Scope(), moment)


async def test_facts_of_moments_to_come_are_not_folded(year: Year) -> None:
    await forget_counts(year.engine)
    await fold_all(year.engine, year.end)
    deadlines = {life.case.promised_at for life in year.lives if life.case.state is not State.CLOSED}
    assert max(deadlines) > year.end
    async with year.engine.connect() as connection:
        assert await connection.scalar(select(func.min(facts.c.at)).where(~facts.c.folded)) > year.end


async def test_several_workers_fold_each_fact_once(year: Year) -> None:
    await forget_counts(year.engine)
    at = year.end + timedelta(days=400)
    await asyncio.gather(*(fold_all(year.engine, at, most=10) for _ in range(4)))
    assert await unfolded(year.engine) == 0
    assert await told(year.engine, Scope(), at) == expected(year, Scope(), at)


async def test_fold_that_fails_leaves_everything_as_it_was(year: Year) -> None:
    await forget_counts(year.engine)
    at = year.end
    before, waiting = await told(year.engine, Scope(), at), await unfolded(year.engine)
    with pytest.raises(RuntimeError):
        await _fold_and_fail(year.engine, at)
    assert (await told(year.engine, Scope(), at), await unfolded(year.engine)) == (before, waiting)


async def _fold_and_fail(engine: AsyncEngine, at: datetime) -> None:
    async with engine.begin() as connection:
        assert await fold(connection, at=at) > 0
        raise RuntimeError


async def test_worker_builds_the_facts_of_earlier_cases_and_folds_them(year: Year) -> None:
    at = year.end + timedelta(days=400)
    async with year.engine.begin() as connection:
        # As after an upgrade: the cases are there, nothing else is.
        for table in (facts, daily_counts, monthly_counts, projections):
            await connection.execute(delete(table))
    worker = Folding(engine=year.engine, now=lambda: at)
    await worker.start()

    async def all_folded() -> bool:
        return await unfolded(year.engine) == 0 and bool(await told(year.engine, Scope(), at))

    await eventually(all_folded)
    await worker.stop()
    assert worker.failures == {"broker": 0, "other": 0}
    assert await told(year.engine, Scope(), at) == expected(year, Scope(), at)
    async with year.engine.begin() as connection:
        before = await connection.scalar(select(func.max(facts.c.id)))
        await build_once(connection)
        assert await connection.scalar(select(func.max(facts.c.id))) == before
