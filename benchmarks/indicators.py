"""How long a dashboard, a list of cases and finding what is due take with a million cases, against ten thousand.

The district has 1,111 units on four levels and three years of cases. Most counts are filled as folding leaves them
(all of a case on one day, times in four buckets of each stage); more come of facts, through the fold, and some facts
are left for the reader to add.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from statistics import median

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.chassis.migrations import migrate
from linli.chassis.principal import Principal
from linli.district import load_district
from routing.domain.measures import BUCKETS, Measure, TimeMeasure
from routing.domain.period import Period
from routing.domain.states import State
from routing.domain.times import bucket_column, seconds_column
from routing.figures import Breakdown, read_sums
from routing.folding import fold
from routing.queries import CaseFilter, list_cases
from routing.scope import EVERYTHING, Scope
from routing.store import load_due

SIZES = (10_000, 100_000, 1_000_000)
FOLDED = 2000
"""Cases whose facts go through the fold at each size."""

OPEN = 300
"""Cases whose facts are of moments to come, as deadlines are."""

WAITING = 100
"""Cases whose facts are not folded yet."""

ROUNDS = 7
NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
YEAR = Period(date(2025, 7, 1), date(2026, 7, 1))
ODD_YEAR = Period(date(2025, 3, 14), date(2026, 3, 20))
"""Twelve months that begin and end within a month."""

COMMUNITY, COMPOUND, BUILDING = "sanchajie/c3", "sanchajie/c3/p7", "sanchajie/c3/p7/b2"

FILTERS = (
    CaseFilter(),
    *(CaseFilter(state=state) for state in (State.IN_PROGRESS, State.ACCEPTED, State.CLOSED)),
    CaseFilter(category="facility.roof-leak"),
    CaseFilter(unit=BUILDING),
    CaseFilter(unit=BUILDING, state=State.IN_PROGRESS),
    CaseFilter(handler="h-77"),
    CaseFilter(handler="h-77", state=State.ROUTED),
)

# Spread by hashes, so that area, category, state and time have nothing to do with each other.
CASES = """
insert into cases (id, category, area, state, unit, level, handler_id, handler_name, handler_post, deadline_at,
  lead_department, co_departments, volunteers_wanted, confidential, explanation, opened_at, resolved_at, closed_at,
  hops, version, responsible_id, responsible_name, responsible_post, moved_at, supervised, late, absorbed, dispatches,
  tasks, limits, urgency, attributes, clocks, next_at, promised_at)
select lpad(to_hex(n), 32, '0')::uuid, (cast(:categories as text[]))[least(r[1] % 46, r[2] % 46) + 1], area,
  case when r[3] % 100 < 2 then 'in_progress' when r[3] % 100 < 3 then 'routed' else 'closed' end,
  case when r[4] % 10 < 1 then 'sanchajie' when r[4] % 10 < 3 then regexp_replace(area, '/p.*', '')
    when r[4] % 10 < 6 then regexp_replace(area, '/b.*', '') else area end,
  'building', 'h-' || r[5] % 1111, '例某人', '网格员', opened + interval '3 days',
  (cast(:departments as text[]))[least(r[1] % 46, r[2] % 46) + 1], '{}', 0, r[6] % 20 = 0, '[]', opened,
  case when r[3] % 100 > 2 then opened + interval '2 days' end,
  case when r[3] % 100 > 2 then opened + interval '3 days' end, r[6] % 3, 5,
  'h-' || r[5] % 1111, '例某人', '网格员', opened, false, false, '[]', '[]', '[]',
  cast(:limits as jsonb), 'normal', '{}',
  jsonb_build_array(jsonb_build_object('timer', 'handle', 'started_at', opened, 'due_at', opened + interval '3 days',
    'by_calendar', true, 'fired', 0)),
  cast(:now as timestamptz) + r[10] % 8640000 * interval '1 second', opened + interval '3 days'
from (
  select n, r, 'sanchajie/c' || r[7] % 10 || '/p' || r[8] % 10 || '/b' || r[9] % 10 as area,
    cast(:now as timestamptz) - r[10] % 94608000 * interval '1 second' as opened
  from generate_series(cast(:first as bigint), :last) as n
  cross join lateral (select array(
    select hashint8extended(n, seed) & 9223372036854775807 from generate_series(1, 10) as seed
  ) as r) as random
) as spread
"""

NAMES = [*(name for name in Measure), *(name for stage in TimeMeasure for name in (stage, seconds_column(stage)))]
"""Sums that nearly every row has."""

BUCKETS_USED = [bucket_column(stage, bucket) for stage in TimeMeasure for bucket in tuple(BUCKETS)[2:10:2]]
COLUMNS = ", ".join([*NAMES, *BUCKETS_USED])
SUMS = ", ".join([*("count(*)" for _ in NAMES), *("nullif(count(*) / 4, 0)" for _ in BUCKETS_USED)])
CHINA = "(opened_at at time zone 'Asia/Shanghai')::date"

COUNTS = """
insert into {table} (unit, begins, category, department, parent, {columns})
select array_to_string(words[1:height], '/'), begins, category, lead_department,
  case when height > 0 then array_to_string(words[1:height - 1], '/') end, {sums}
from (
  select string_to_array(unit, '/') as words, date_trunc('{span}', {china})::date as begins, category, lead_department
  from cases where {which}
) as k cross join lateral generate_series(0, cardinality(words)) as height
group by 1, 2, 3, 4, 5
"""
SAME = {"columns": COLUMNS, "sums": SUMS, "china": CHINA}
BY_MONTH = COUNTS.format(table="monthly_counts", span="month", which="true", **SAME)
# Of the days only those are read that are the edges of a period.
EDGES = f"date_trunc('month', {CHINA}) in ('2025-03-01', '2026-03-01')"
BY_DAY = COUNTS.format(table="daily_counts", span="day", which=EDGES, **SAME)

# What a case that was closed without a detour has noted; one measure of each of its moments.
FACTS = """
insert into facts (at, day, case_id, unit, category, department, measure, amount, seconds)
select at, (at at time zone 'Asia/Shanghai')::date, c.id, c.unit, c.category, c.lead_department, m.measure, 1, m.seconds
from (select * from cases order by opened_at limit :most) as c
cross join lateral (values
  ('cases', 0, null), ('dispatches', 0, null), ('routed', 0, null), ('dispatch_time', 0, 30),
  ('accepted', 3600, null), ('accept_time', 3600, 3600), ('resolved', 172800, null), ('handle_time', 172800, 172800),
  ('visits', 259200, null), ('contacted', 259200, null), ('solved', 259200, null), ('satisfied', 259200, null),
  ('due', 259200, null), ('closed', 259200, null), ('closed_on_time', 259200, null), ('answer_time', 259200, 86400)
) as m (measure, after, seconds), lateral (select c.opened_at + m.after * interval '1 second' + :shift as at) as moment
"""


def measure(on: Ground) -> dict[str, Result]:
    """Return how long dashboards and lists take with a million cases, and how fast facts are folded."""
    return asyncio.run(_measure(on))


async def _measure(on: Ground) -> dict[str, Result]:
    engine = create_async_engine(on.database())
    await migrate(engine, "routing")
    filled, folded = 0, 0.0
    dashboards: list[float] = []
    odd_days: list[float] = []
    lists: list[float] = []
    due: list[float] = []
    for size in SIZES:
        await _fill(engine, filled + 1, size)
        filled, folded = size, await _fold(engine)
        await _leave_unfolded(engine)
        dashboards.append(await _dashboards(engine, YEAR))
        odd_days.append(await _dashboards(engine, ODD_YEAR))
        lists.append(await _lists(engine))
        due.append(await _due(engine))
    await engine.dispose()
    return {
        "routing.indicators_ms_1m": compared(dashboards[-1], "ms", dashboards[0]),
        "routing.indicators_odd_days_ms_1m": compared(odd_days[-1], "ms", odd_days[0]),
        "routing.list_ms_1m": compared(lists[-1], "ms", lists[0]),
        "routing.due_ms_1m": compared(due[-1], "ms", due[0]),
        "routing.facts_folded_per_s": Result(round(folded), "facts/s"),
    }


async def _fill(engine: AsyncEngine, first: int, last: int) -> None:
    catalogue = list(load_district().categories.values())[:46]
    names = {
        "categories": [one.code for one in catalogue],
        "departments": [one.department for one in catalogue],
        "limits": catalogue[0].limits.model_dump_json(),
    }
    async with engine.begin() as connection:
        await connection.execute(text(CASES), {**names, "now": NOW, "first": first, "last": last})
        await connection.execute(text("truncate daily_counts, monthly_counts, facts"))
        await connection.execute(text(BY_DAY))
        await connection.execute(text(BY_MONTH))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("vacuum analyze"))


async def _fold(engine: AsyncEngine) -> float:
    """Return how many facts are folded in a second."""
    async with engine.begin() as connection:
        await connection.execute(text(FACTS), {"most": FOLDED, "shift": timedelta(0)})
        await connection.execute(text("analyze facts"))
    began, folded, more = time.perf_counter(), 0, True
    while more:
        async with engine.begin() as connection:
            more = bool(some := await fold(connection, at=NOW))
            folded += some
    return folded / (time.perf_counter() - began)


async def _leave_unfolded(engine: AsyncEngine) -> None:
    """Leave facts that wait for the fold, and more whose moment is to come."""
    async with engine.begin() as connection:
        await connection.execute(text(FACTS), {"most": WAITING, "shift": timedelta(days=900)})
        await connection.execute(text(FACTS), {"most": OPEN, "shift": timedelta(days=1500)})


async def _dashboards(engine: AsyncEngine, year: Period) -> float:
    """Return the slowest of all breakdowns of units on each level."""
    took = []
    for area, by in product((EVERYTHING, COMMUNITY, COMPOUND, BUILDING), (None, *Breakdown)):
        scope = Scope(areas=(area,), period=year)
        took.append(await _ms(engine, partial(read_sums, scope=scope, by=by, at=NOW)))
    return max(took)


async def _lists(engine: AsyncEngine) -> float:
    """Return the slowest of all filters for staff of units on each level."""
    took = []
    for area, wanted in product(("sanchajie", COMMUNITY, COMPOUND, BUILDING), FILTERS):
        reader = Principal("clerk", "Clerk", frozenset({"staff"}), (area,))
        took.append(await _ms(engine, partial(list_cases, reader=reader, wanted=wanted, after=None, limit=50)))
    return max(took)


async def _due(engine: AsyncEngine) -> float:
    """Return how long finding and loading the next 100 due cases takes, each of all having a clock that runs."""
    return await _ms(engine, partial(load_due, at=NOW + timedelta(hours=1), limit=100))


async def _ms(engine: AsyncEngine, ask: Callable[[AsyncConnection], Awaitable[object]]) -> float:
    """Return the median time of an answer, in milliseconds."""
    took = []
    for _ in range(ROUNDS):
        async with engine.connect() as connection:
            began = time.perf_counter()
            await ask(connection)
            took.append((time.perf_counter() - began) * 1000)
    return median(took)
