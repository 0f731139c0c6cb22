"""How many reports intake accepts, and what each costs, against the same inserts without HTTP."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url
from uuid_utils.compat import uuid7

from benchmarks.load import Connection, connection
from benchmarks.results import Result, compared
from benchmarks.servers import Ground, Process, service

REPORTS = 4000
WARM_UP = 400
WORKERS = 10

REPORT: dict[str, object] = {
    "description": "三号楼楼顶漏雨，顶层两户家里滴水，已有半个月，请尽快安排维修。",
    "category": "facility.roof-leak",
    "area": "sanchajie/jinpu/lianbang/b3",
    "source": "app",
    "reporter": {"name": "例某人", "contact": "13800000000"},
}

DETAILED = {
    **REPORT,
    "category": "facility.lift-fault",
    "area": None,
    "location": {"lat": 26.0391, "lon": 119.3244},
    "attributes": {"persons-trapped": "yes", "floor": "12"},
}
"""With answers to what its category asks, and a point that its area is looked up by."""

ISSUE = """
insert into issues (id, tracking_code, category, category_given, confidential, area, description, language, source,
                    reported_at) values ($1, $2, $3, true, false, $4, $5, 'zh-Hans', 'app', $6)
"""
REPORTER = "insert into reporters (issue_id, contact) values ($1, $2)"
OUTBOX = """
insert into outbox (message_id, aggregate_id, routing_key, headers, payload) values ($1, $2, $3, $4, $5)
"""


def measure(on: Ground) -> dict[str, Result]:
    """Return how many reports a second are taken and what each costs: plain ones, and those with details."""
    database = on.database()
    with service(on, "intake", database=database, role="api") as intake:
        rate, cpu_ms = _reported(intake, REPORT)
        detailed_rate, detailed_cpu_ms = _reported(intake, DETAILED)
        limit_rate, limit_cpu_ms = asyncio.run(_insert(database, REPORTS))
    return {
        "intake.reports_per_s": compared(rate, "reports/s", limit_rate),
        "intake.cpu_ms_per_report": compared(cpu_ms, "ms", limit_cpu_ms),
        "intake.detailed_reports_per_s": compared(detailed_rate, "reports/s", limit_rate),
        "intake.cpu_ms_per_detailed_report": compared(detailed_cpu_ms, "ms", limit_cpu_ms),
    }


def _reported(intake: Process, report: dict[str, object]) -> tuple[float, float]:
    """Return the rate of reports and the CPU of each in milliseconds."""
    body = json.dumps(report).encode()
    asyncio.run(_post(intake.url, body, WARM_UP))
    before = intake.cpu_s()
    rate = asyncio.run(_post(intake.url, body, REPORTS))
    return rate, (intake.cpu_s() - before) / REPORTS * 1000


async def _post(url: str, body: bytes, count: int) -> float:
    numbers = iter(range(count))

    async def worker() -> None:
        async with connection(url) as line:
            await _post_all(line, body, numbers)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    return count / (time.perf_counter() - began)


async def _post_all(line: Connection, body: bytes, numbers: Iterator[int]) -> None:
    for _ in numbers:
        await line.post("/v1/issues", body)


async def _insert(database: str, count: int) -> tuple[float, float]:
    """Return the rate of asyncpg alone and its CPU per report in milliseconds."""
    url = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    pool = await asyncpg.create_pool(url, min_size=WORKERS, max_size=WORKERS)
    numbers = iter(range(count))
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_insert_all(pool, numbers) for _ in range(WORKERS)))
    elapsed, used = time.perf_counter() - began, time.process_time() - cpu
    await pool.close()
    return count / elapsed, used / count * 1000


async def _insert_all(pool: asyncpg.Pool, numbers: Iterator[int]) -> None:
    payload, headers = b"x" * 900, json.dumps({"id": "x" * 36, "type": "linli.issue.reported.v1"})
    for _ in numbers:
        issue = uuid7()
        async with pool.acquire() as held, held.transaction():
            code = uuid4().hex[:16]
            where = (REPORT["category"], REPORT["area"], REPORT["description"], datetime.now(UTC))
            await held.execute(ISSUE, issue, code, *where)
            await held.execute(REPORTER, issue, b"x" * 60)
            await held.execute(OUTBOX, uuid7(), str(issue), "issue.reported.facility.roof-leak.a.b", headers, payload)
