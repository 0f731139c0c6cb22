"""How long staff wait for lists, searches and the map with a million issues, and what an export of all of them takes.

Three years of issues in a district of 1,111 units on four levels. What was reported is put together of parts of
sentences, so that some words are in a seventh of all issues and others in one of a thousand.
"""

import asyncio
import random
import resource
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from statistics import quantiles

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from intake.api.exporting import csv_rows
from intake.desk_queries import Box, IssueFilter, Scope, cluster, count_by_state, list_issues
from intake.domain.searching import wanted, words_of
from linli.chassis.migrations import migrate
from linli.district import load_district
from linli.district.known import KnownDistrict

SIZES = (10_000, 100_000, 1_000_000)
TEXTS = 4000
ROUNDS = 5
NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
KIB = 1024

PLACES = [
    "三号楼",
    "东门",
    "二单元",
    "地下车库",
    "七楼走廊",
    "花坛旁",
    "广场",
    "北侧围墙",
    "顶楼",
    "电梯口",
    "小区大门",
    "幼儿园后面",
]
THINGS = [
    "楼顶", "下水道", "楼道灯", "单元门", "消防通道", "电动车", "垃圾桶", "墙面", "路面", "树枝", "燃气管", "健身器材",
    "井盖", "停车位", "宣传栏", "扶手", "水表", "充电桩", "化粪池", "雨水管",
]  # fmt: skip
FAULTS = [
    "漏雨", "堵塞", "不亮", "坏了", "被占用", "没人清理", "开裂", "积水", "掉落", "有异味", "晃动", "生锈", "松动",
    "漏水很久", "一直响",
]  # fmt: skip
MORE = [
    "请尽快处理",
    "老人孩子出入不便",
    "已经反映过一次",
    "晚上特别危险",
    "下雨后更严重",
    "please send somebody",
    "since last week",
]
RARE = [f"编号{number}的设施" for number in range(300)]

QUERIES = (
    "漏雨",
    "楼顶漏雨",
    "请尽快处理",
    "消防通道被占用",
    "编号77",
    "漏",
    "please",
    "化粪池 异味",
    "东门 井盖 晃动",
    "没有的词语",
)
COMMUNITY, COMPOUND, BUILDING = "sanchajie/c3", "sanchajie/c3/p7", "sanchajie/c3/p7/b2"

FILTERS = (
    IssueFilter(),
    IssueFilter(states=["received"]),
    IssueFilter(states=["in_progress", "resolved"]),
    IssueFilter(categories=["facility"]),
    IssueFilter(categories=["facility.roof-leak"], states=["received"]),
    IssueFilter(department="water"),
    IssueFilter(handler="h-77"),
    IssueFilter(overdue_at=NOW),
    IssueFilter(supporters=3),
    IssueFilter(reported=(NOW - timedelta(days=60), NOW - timedelta(days=30))),
    IssueFilter(attributes={"floor": "12"}),
)

TEXTS_TABLE = "create table texts (n int primary key, description text, words tsvector)"
A_TEXT = "insert into texts values (:n, :description, array_to_tsvector(cast(:words as text[])))"

# Spread by hashes, so that area, category, state and time have nothing to do with each other; ids as UUIDv7 are made,
# and in the order of time, as issues come.
ISSUES = """
insert into issues (id, tracking_code, category, category_given, confidential, area, lat, lon, description, language,
  source, attributes, reported_at, supporters, state, case_sequence, level, unit, department, handler_id, handler_name,
  handler_post, deadline)
select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || lpad(to_hex(spread.n), 20, '0'))::uuid,
  'c' || spread.n,
  (cast(:categories as text[]))[c], true, r[6] % 20 = 0, area, 26 + r[1] % 10000 / 1e5, 119.3 + r[2] % 10000 / 1e5,
  texts.description, 'zh-Hans', 'app', case when r[3] % 10 = 0 then jsonb_build_object('floor', (r[4] % 30)::text)
  else '{}' end, at, case when r[5] % 200 = 0 then r[4] % 6 else 0 end,
  case when r[3] % 100 < 1 then 'received' when r[3] % 100 < 3 then 'in_progress' when r[3] % 1000 < 35 then 'resolved'
    when r[3] % 1000 < 40 then 'declined' else 'closed' end,
  '000000000001', 'building', area, (cast(:departments as text[]))[c], 'h-' || r[5] % 1111, '例某人', '网格员',
  at + interval '3 days'
from (
  select n, r, least(r[1] % 46, r[2] % 46) + 1 as c,
    'sanchajie/c' || r[7] % 10 || '/p' || r[8] % 10 || '/b' || r[9] % 10 as area,
    cast(:now as timestamptz) - r[10] % 94608000 * interval '1 second' as at
  from generate_series(cast(:first as bigint), :last) as n
  cross join lateral (select array(
    select hashint8extended(n, seed) & 9223372036854775807 from generate_series(1, 10) as seed
  ) as r) as random
) as spread join texts on texts.n = spread.r[4] % :texts
order by at
"""
WORDS = """
insert into issue_words (issue_id, words)
select issues.id, texts.words from issues join texts using (description)
where not exists (select from issue_words where issue_id = issues.id)
order by issues.id
"""


def measure(on: Ground) -> dict[str, Result]:
    """Return the figures at a million issues, beside those at ten thousand."""
    return asyncio.run(_measure(on.database()))


async def _measure(database_url: str) -> dict[str, Result]:
    engine = create_async_engine(
        database_url, connect_args={"server_settings": {"plan_cache_mode": "force_custom_plan"}}
    )
    await migrate(engine, "intake")
    await _write_texts(engine)
    searches, lists, maps, first = [], [], [], 1
    for size in SIZES:
        await _fill(engine, first, size)
        first = size + 1
        searches.append(await _p95(engine, _searches()))
        lists.append(await _p95(engine, _lists()))
        maps.append(await _p95(engine, _maps()))
    seconds, growth = await _export(engine)
    await engine.dispose()
    return {
        "search.p95_ms_1m": compared(searches[-1], "ms", searches[0]),
        "list.p95_ms_1m": compared(lists[-1], "ms", lists[0]),
        "map.p95_ms_1m": compared(maps[-1], "ms", maps[0]),
        "export.rows_per_s": Result(round(SIZES[-1] / seconds), "rows/s"),
        "export.rss_growth_mb": Result(round(growth, 1), "MB"),
    }


async def _write_texts(engine: AsyncEngine) -> None:
    chance = random.Random(7)
    texts = []
    for number in range(TEXTS):
        parts = [chance.choice(PLACES), chance.choice(THINGS), chance.choice(FAULTS), "，", chance.choice(MORE)]
        description = f"{''.join(parts)}{chance.choice(RARE) if number % 10 == 0 else ''} {number}"
        texts.append({"n": number, "description": description, "words": words_of(description)})
    async with engine.begin() as connection:
        await connection.execute(text(TEXTS_TABLE))
        await connection.execute(text(A_TEXT), texts)


async def _fill(engine: AsyncEngine, first: int, last: int) -> None:
    catalogue = list(load_district().categories.values())[:46]
    names = {"categories": [one.code for one in catalogue], "departments": [one.department for one in catalogue]}
    async with engine.begin() as connection:
        await connection.execute(
            text(ISSUES),
            {**names, "now": NOW, "first": first, "last": last, "texts": TEXTS},
        )
        # Built at the end, the index takes a fifth of the time.
        await connection.execute(text("drop index ix_issue_words_words"))
        await connection.execute(text(WORDS))
        await connection.execute(text("create index ix_issue_words_words on issue_words using gin (words)"))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("vacuum analyze"))


Ask = Callable[[AsyncConnection], Awaitable[object]]


def _searches() -> list[Ask]:
    """Return searches of staff of units on each level, the rarest words and the commonest."""
    asked = product(("sanchajie", COMMUNITY, COMPOUND, BUILDING), QUERIES)
    return [_list(area, IssueFilter(words=wanted(words))) for area, words in asked]


def _lists() -> list[Ask]:
    return [_list(area, one) for area, one in product(("sanchajie", COMMUNITY, COMPOUND, BUILDING), FILTERS)]


def _maps() -> list[Ask]:
    asked: list[Ask] = []
    for side, area in product((0.1, 0.02, 0.004), ("sanchajie", COMMUNITY, COMPOUND)):
        box = Box(119.3, 26, 119.3 + side, 26 + side)
        asked.append(partial(cluster, scope=_scope(area), wanted=IssueFilter(), box=box, side=side / 50))
        asked.append(partial(count_by_state, scope=_scope(area), wanted=IssueFilter()))
    return asked


def _list(area: str, one: IssueFilter) -> Ask:
    return partial(list_issues, scope=_scope(area), wanted=one, after=None, limit=51)


def _scope(area: str) -> Scope:
    return Scope(areas=(area,), confidential=False, handler="clerk")


async def _p95(engine: AsyncEngine, asked: list[Ask]) -> float:
    """Return the time, in milliseconds, that 95 of 100 questions are answered in, each asked several times."""
    took = []
    for ask in asked:
        for _ in range(ROUNDS):
            async with engine.connect() as connection:
                began = time.perf_counter()
                await ask(connection)
                took.append((time.perf_counter() - began) * 1000)
    return quantiles(took, n=20)[-1]


async def _export(engine: AsyncEngine) -> tuple[float, float]:
    """Return how long an export of everything takes, and by how many megabytes the process grows meanwhile."""
    district = KnownDistrict.of(load_district())
    rows = csv_rows(engine, _scope("sanchajie"), IssueFilter(), district, "zh-Hans")
    await anext(rows)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    async for _ in rows:
        pass
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / KIB
    return time.perf_counter() - began, growth
