"""On working days each department finds one message of what waits for it, and none when nothing does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from linli.chassis.district import Districts
from linli.chassis.sealing import Sealer
from linli.district import Week, load_district
from linli.district.calendars import CHINA_TIME
from linli.district.known import KnownDistrict
from linli.district.working_days import WorkingDays
from notify.digests import Digests
from notify.domain.digests import due_day
from notify.domain.rules import DIGEST
from notify.settings import NotifySettings
from notify.tables import contacts, district_entries, outgoing
from notify.telling import ReactionContext
from notify.wording import LANGUAGES, load_words

from . import builders

Tell = Callable[..., Awaitable[None]]
Token = Callable[..., dict[str, str]]
DISTRICT = load_district()
BOTH = pytest.mark.parametrize("bus_kind", ["embedded", "amqp"], indirect=True)


@pytest.fixture(scope="module")
def begun(template_of: Callable[[str], str], bus_template: str) -> tuple[str, str]:
    """Databases of a service that never ran."""
    return template_of("notify"), bus_template


MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=CHINA_TIME)
DAY = timedelta(days=1)


class Clock:
    """Stands where a test sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)


@pytest.fixture
def now() -> Clock:
    return Clock(MONDAY - timedelta(minutes=1))


@pytest.fixture
async def engine(settings: NotifySettings) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(settings.database_url.get_secret_value())
    yield made
    await made.dispose()


@pytest.fixture
def process(engine: AsyncEngine, now: Clock) -> Callable[[], Digests]:
    """A further process of the service, of which only the digests matter."""
    districts = Districts(DISTRICT, district_entries)
    context = ReactionContext(
        words=load_words(districts.newest),
        districts=districts,
        new_id=uuid7,
        sealer=Sealer(None),
        now=now,
        channels=frozenset({"wecom"}),
    )
    return lambda: Digests(hour=8, engine=engine, context=context)


@pytest.fixture
def housing(token: Token) -> dict[str, str]:
    return token("department", department="housing", language="en")


async def open_matters(client: AsyncClient, tell: Tell, *deadlines: datetime, department: str = "housing") -> None:
    """Call a department, and wait until the service knows."""
    cases = [uuid4() for _ in deadlines]
    for case, deadline in zip(cases, deadlines, strict=True):
        await tell(builders.requested(case, department, deadline=deadline))
    async with asyncio.timeout(20):
        while not {str(case) for case in cases} <= await worklist(client, department):
            await asyncio.sleep(0.05)


async def worklist(client: AsyncClient, department: str) -> set[str]:
    answer = await client.get(f"/v1/departments/{department}/worklist?limit=200")
    return {one["case_id"] for one in answer.json()["items"]}


@pytest.fixture
async def client(client: AsyncClient, token: Token) -> AsyncClient:
    # It is ready, so its own worker has looked: it does so again long after the test.
    client.headers.update(token("platform"))
    return client


async def inbox(client: AsyncClient, headers: dict[str, str]) -> Sequence[Any]:
    items: Sequence[Any] = (await client.get("/v1/inbox", headers=headers)).json()["items"]
    return items


@BOTH
async def test_a_digest_counts_what_waits_and_names_the_nearest_five(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    late, soon, midnight = MONDAY - DAY, MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=16)
    await open_matters(client, tell, late, soon, midnight, *(MONDAY + DAY * number for number in range(2, 6)))
    now.at = MONDAY
    await process().make()
    (digest,) = await inbox(client, housing)
    assert digest["title"] == "9 March 2026: what waits for you"
    assert digest["body"].startswith(
        "Housing: 7 open, of which 1 due today, 1 overdue, 7 new. The nearest: “Roof leak” ("
    )
    assert digest["body"].count("Roof leak") == 5
    assert digest["body"].endswith("by 12 March 2026 08:00.")
    assert (digest["issue_id"], digest["told_at"]) == (None, "2026-03-09T00:00:00Z")


async def test_the_bot_of_a_department_says_it_too(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        bot = {"id": uuid4(), "owner": "department:housing", "channel": "wecom", "language": "en", "code_attempts": 0}
        when = {"created_at": MONDAY, "verified_at": MONDAY}
        await connection.execute(insert(contacts).values(**bot, **when, address=b"", fingerprint=b""))
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY
    await process().make()
    async with engine.connect() as connection:
        [row] = (await connection.execute(select(outgoing))).all()
    assert (row.template, row.state, row.params["open"], row.next_attempt_at) == (DIGEST, "waiting", 1, MONDAY)


async def test_nothing_is_told_before_the_hour(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], housing: dict[str, str]
) -> None:
    await open_matters(client, tell, MONDAY)
    await process().make()
    assert await inbox(client, housing) == []


async def test_several_processes_make_one(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY
    await asyncio.gather(*(process().make() for _ in range(4)))
    await process().make()
    assert len(await inbox(client, housing)) == 1


async def test_a_department_for_which_nothing_waits_is_told_nothing_also_later_that_day(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    now.at = MONDAY
    await process().make()
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY + timedelta(hours=2)
    await process().make()
    assert await inbox(client, housing) == []


async def test_what_was_in_the_last_digest_is_not_new_in_the_next(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    worker = process()
    await open_matters(client, tell, MONDAY, MONDAY)
    now.at = MONDAY
    await worker.make()
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY + DAY
    await worker.make()
    assert ["3 open" in one["body"] and "1 new" in one["body"] for one in await inbox(client, housing)] == [True, False]


async def test_after_an_outage_the_last_one_is_made_and_no_earlier_one(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY + DAY * 5
    for _ in range(2):
        await process().make()
    assert [one["title"].partition(":")[0] for one in await inbox(client, housing)] == ["13 March 2026"]


async def test_a_clock_that_was_put_back_makes_no_second_one(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str]
) -> None:
    await open_matters(client, tell, MONDAY)
    for now.at in (MONDAY + DAY, MONDAY):
        await process().make()
    assert len(await inbox(client, housing)) == 1


async def test_a_digest_is_for_its_department_alone_which_can_mark_it_read(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, housing: dict[str, str], token: Token
) -> None:
    await open_matters(client, tell, MONDAY)
    now.at = MONDAY
    await process().make()
    (digest,) = await inbox(client, housing)
    read = f"/v1/inbox/{digest['id']}/read"
    others = (
        token("department", department="water"),
        token("department"),
        token("handler", department="housing"),
        token("platform"),
    )
    for stranger in others:
        assert await inbox(client, stranger) == []
        assert (await client.post(read, headers=stranger)).status_code == 404
    assert (await client.post(read, headers=housing)).status_code == 204
    assert (await client.get("/v1/inbox", headers=housing)).json()["unread"] == 0


async def test_each_department_has_its_own(
    client: AsyncClient, tell: Tell, process: Callable[[], Digests], now: Clock, token: Token
) -> None:
    await open_matters(client, tell, MONDAY, MONDAY)
    await open_matters(client, tell, MONDAY, department="water")
    now.at = MONDAY
    await process().make()
    bodies = [
        (await inbox(client, token("department", department=one, language="en")))[0]["body"]
        for one in ("housing", "water")
    ]
    assert [body.partition(",")[0] for body in bodies] == ["Housing: 2 open", "Water: 1 open"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_is_said_whole_in_every_language(language: str) -> None:
    nearest = {"category": "facility.roof-leak", "area": "sanchajie/jinpu", "deadline": MONDAY.isoformat()}
    counts = {"open": 12, "due_today": 34, "overdue": 56, "new": 78}
    params = {**counts, "department": "housing", "day": "2026-03-09", "nearest": [nearest, nearest]}
    said = load_words(KnownDistrict.of(DISTRICT)).render(DIGEST, params, language)
    day = "9 March 2026" if language == "en" else "2026年3月9日"
    assert day in said.title
    assert all(str(number) in said.body for number in counts.values())
    assert said.body.count(f"{day} 08:00") == 2
    assert not any(code in said.body for code in ("{", "facility.roof-leak", "sanchajie", "housing"))


@pytest.mark.parametrize(
    ("local", "due"),
    [
        (datetime(2025, 9, 30, 8, 0, tzinfo=CHINA_TIME), date(2025, 9, 30)),
        (datetime(2025, 9, 30, 7, 59, tzinfo=CHINA_TIME), date(2025, 9, 29)),
        (datetime(2025, 10, 4, 12, 0, tzinfo=CHINA_TIME), date(2025, 9, 30)),
        (datetime(2025, 10, 9, 7, 0, tzinfo=CHINA_TIME), date(2025, 9, 30)),
        (datetime(2025, 10, 11, 9, 0, tzinfo=CHINA_TIME), date(2025, 10, 11)),
        (datetime(2025, 10, 13, 7, 0, tzinfo=CHINA_TIME), date(2025, 10, 11)),
    ],
    ids=["the hour", "before it", "a holiday", "the morning after", "a swapped saturday", "after its sunday"],
)
def test_a_digest_is_due_on_working_days_from_the_hour_on(local: datetime, due: date) -> None:
    assert due_day(local, hour=8, working_days=WorkingDays(Week.CHINA)) == due


@pytest.mark.parametrize("hour", [-1, 24, "eight"])
def test_an_hour_that_there_is_not_is_refused(settings: NotifySettings, hour: Any) -> None:
    with pytest.raises(ValidationError, match="digest_hour"):
        NotifySettings(**{**settings.model_dump(), "digest_hour": hour})
