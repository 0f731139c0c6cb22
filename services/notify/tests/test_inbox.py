"""Handler and reporter are told, once and in order, in their language, and read nobody else's messages."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.database import schema_drift
from linli.contracts import CaseInspected, CaseMerged, CaseResolved, Handler, TaskOverdue, UnitChanged
from linli.district import load_district
from linli.messaging import tables as messaging_tables
from linli.messaging.transport import Transport
from notify.settings import NotifySettings
from notify.tables import metadata

from . import builders

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


async def told(client: AsyncClient, path: str, headers: dict[str, str] | None, count: int) -> dict[str, Any]:
    """Return an inbox as soon as it holds that many messages."""
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(path, headers=headers)
            inbox: dict[str, Any] = answer.json()
            if answer.status_code == 200 and len(inbox["items"]) >= count:
                return inbox
            await asyncio.sleep(0.05)


async def test_the_reporter_hears_in_the_language_of_the_report(client: AsyncClient, tell: Tell) -> None:
    await tell(builders.reported(uuid4(), language="zh-Hant"))
    inbox = await told(client, f"/v1/inbox/track/{builders.CODE}", None, 1)
    assert inbox["items"][0]["title"] == "已收到您的訴求"
    assert "屋頂漏水" in inbox["items"][0]["body"]


async def test_a_reader_may_ask_for_another_language(client: AsyncClient, tell: Tell) -> None:
    await tell(builders.reported(uuid4()))
    inbox = await told(client, f"/v1/inbox/track/{builders.CODE}", {"Accept-Language": "en"}, 1)
    assert inbox["items"][0]["title"] == "We have your report"


async def test_the_handler_hears_of_a_case_with_its_deadline(client: AsyncClient, tell: Tell, token: Token) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    inbox = await told(client, "/v1/inbox", token("handler"), 1)
    assert (inbox["unread"], inbox["items"][0]["title"]) == (1, "您有新的案件")
    assert "2026年3月9日 17:00" in inbox["items"][0]["body"]


async def test_the_reporter_of_a_merged_issue_hears_what_became_of_the_matter(client: AsyncClient, tell: Tell) -> None:
    issue, into = uuid4(), uuid4()
    await tell(builders.reported(issue))
    await tell(builders.reported(into, code="A2B3C4D5E6F7G2H3"))
    await tell(CaseMerged(**builders.WHERE, case_id=issue, into=into))
    resolved = CaseResolved(**builders.WHERE, case_id=into, handler=builders.HANDLER, outcome="已补好屋面")
    await told(client, f"/v1/inbox/track/{builders.CODE}", None, 2)
    await tell(resolved)
    inbox = await told(client, f"/v1/inbox/track/{builders.CODE}", {"Accept-Language": "en"}, 3)
    assert inbox["items"][0]["title"] == "Said to be done"
    assert "已补好屋面" in inbox["items"][0]["body"]


async def test_everything_that_happens_is_told_once_and_in_order(client: AsyncClient, tell: Tell, token: Token) -> None:
    for number, data in enumerate(builders.everything(uuid4())):
        await tell(data, number + 1)
    reporter = await told(client, f"/v1/inbox/track/{builders.CODE}", {"Accept-Language": "en"}, 15)
    handler = await told(client, "/v1/inbox", token("handler", language="en"), 26)
    assert [one["title"] for one in reversed(reporter["items"])] == [
        "We have your report",
        "Somebody is responsible",
        "Taken on",
        "Passed up",
        "Reassigned",
        "Is it solved?",
        "Being done again",
        "Closed",
        "Given to a unit closer by",
        "Passed on",
        "Cannot be taken on",
        "Handled together",
        "Handled by itself again",
        "More time is needed",
        "Put off",
    ]
    assert [one["title"] for one in reversed(handler["items"])] == [
        "A case is yours",
        "The reporter has answered",
        "Rework",
        "Case closed",
        "Another report of it",
        "By itself again",
        "Report withdrawn",
        "Time is passing",
        "Not approved",
        "More time",
        "Suspended",
        "Work goes on",
        "Supervised",
        "Department on its way",
        "Returned by the department",
        "News of the department",
        "Done by the department",
        "A department is late",
        "A task is yours",
        "A task is done",
        "A task is cancelled",
        "A task is overdue",
        "You are invited",
        "Minutes",
        "Meeting cancelled",
        "Looking for volunteers",
        "A neighbour will help",
    ]


async def test_a_new_handler_hears_and_the_former_one_no_more(client: AsyncClient, tell: Tell, token: Token) -> None:
    issue, other = uuid4(), Handler(id="li-tongchou", name="例统筹", post="街道网格长")
    await tell(builders.reported(issue))
    await tell(builders.routed(issue), 1)
    await tell(builders.routed(issue, other, unit="sanchajie"), 2)
    await told(client, "/v1/inbox", token("handler", subject="li-tongchou"), 1)
    assert len((await told(client, "/v1/inbox", token("handler"), 1))["items"]) == 1


async def test_a_handler_who_holds_no_post_in_the_unit_is_told_in_person(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, deputy = uuid4(), Handler(id="li-tongchou", name="例统筹", post="街道网格长")
    await tell(builders.reported(issue))
    await tell(builders.routed(issue, deputy))
    for subject in ("li-tongchou", "li-jinpu"):
        inbox = await told(client, "/v1/inbox", token("handler", subject=subject), 1)
        assert [one["title"] for one in inbox["items"]] == ["您有新的案件"]


async def test_of_a_late_task_its_unit_and_the_handler_hear_each_in_their_own_words(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue), 1)
    late = {"task_id": uuid4(), "unit": "sanchajie/jinpu/lianbang", "deadline": builders.DUE}
    await tell(TaskOverdue(**builders.WHERE, case_id=issue, **late), 2)
    owner = await told(client, "/v1/inbox", token("handler", subject="li-lianyi", language="en"), 1)
    handler = await told(client, "/v1/inbox", token("handler", language="en"), 2)
    assert owner["items"][0]["body"].startswith("Your task on")
    assert handler["items"][0]["body"].startswith("The task of Lianbang New Town on")


async def test_whoever_is_above_is_asked_to_look_and_then_to_call_the_reporter_back(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue = uuid4()
    case: dict[str, Any] = {**builders.WHERE, "case_id": issue}
    await tell(builders.reported(issue))
    await tell(builders.routed(issue), 1)
    await tell(CaseResolved(**case, handler=builders.HANDLER, outcome="已修复"), 2)
    await tell(CaseInspected(**case), 3)
    inbox = await told(client, "/v1/inbox", token("handler", subject="li-tongchou", language="en"), 2)
    assert [one["title"] for one in inbox["items"]] == ["Please ask the reporter", "Please look"]


async def test_a_post_keeps_its_messages_when_the_person_in_it_changes(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, former = uuid4(), Handler(id="li-former", name="例前任", post="社区网格长")
    await tell(builders.reported(issue))
    await tell(builders.routed(issue, former))
    successor = token("handler", subject="li-jinpu")
    inbox = await told(client, "/v1/inbox", successor, 1)
    read = await client.post(f"/v1/inbox/{inbox['items'][0]['id']}/read", headers=successor)
    assert read.status_code == 204


async def test_no_message_repeats_the_report(client: AsyncClient, tell: Tell, token: Token) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    inbox = await told(client, "/v1/inbox", token("handler"), 1)
    assert "着急" not in str(inbox)


async def test_an_event_before_its_report_waits_for_it(client: AsyncClient, tell: Tell, bus: Transport) -> None:
    assert (await client.get("/readyz")).status_code == 200
    await tell(builders.routed(uuid4()))
    async with asyncio.timeout(15):
        while not await bus.depth("notify.inbox.retry.5s"):
            await asyncio.sleep(0.05)


async def test_messages_come_page_by_page_and_can_be_read(client: AsyncClient, tell: Tell, token: Token) -> None:
    for _ in range(5):
        issue = uuid4()
        await tell(builders.reported(issue))
        await tell(builders.routed(issue))
    headers = token("handler")
    await told(client, "/v1/inbox", headers, 5)
    first = (await client.get("/v1/inbox?limit=3", headers=headers)).json()
    second = (await client.get(f"/v1/inbox?limit=3&after={first['next']}", headers=headers)).json()
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert (len(set(ids)), first["unread"], second["next"]) == (5, 5, None)
    for _ in range(2):
        assert (await client.post(f"/v1/inbox/{ids[0]}/read", headers=headers)).status_code == 204
    again = (await client.get("/v1/inbox", headers=headers)).json()
    assert again["unread"] == 4
    assert again["items"][0]["read_at"] is not None


async def test_nobody_reads_or_marks_the_messages_of_others(client: AsyncClient, tell: Tell, token: Token) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    mine = (await told(client, "/v1/inbox", token("handler"), 1))["items"][0]["id"]
    stranger = token("handler", subject="li-tongchou")
    assert (await client.get("/v1/inbox", headers=stranger)).json()["items"] == []
    assert (await client.post(f"/v1/inbox/{mine}/read", headers=stranger)).status_code == 404
    assert (await client.get("/v1/inbox")).status_code == 401
    assert (await client.get("/v1/inbox", headers={"Authorization": "Bearer x"})).status_code == 401


@pytest.mark.parametrize("code", ["AAAAAAAAAAAAAAAA", "short", "k7qf2m7dxw3t2rab"])
async def test_a_guessed_code_opens_no_inbox(client: AsyncClient, tell: Tell, code: str) -> None:
    await tell(builders.reported(uuid4()))
    assert (await client.get(f"/v1/inbox/track/{code}")).status_code in {404, 422}


async def test_bad_requests_are_refused(client: AsyncClient, token: Token) -> None:
    headers = token("handler")
    assert (await client.get("/v1/inbox?after=zzz", headers=headers)).status_code in {400, 422}
    assert (await client.get("/v1/inbox?limit=0", headers=headers)).status_code == 422
    assert (await client.post("/v1/inbox/7/read", headers=headers)).status_code == 422
    assert (await client.post(f"/v1/inbox/{UUID(int=1)}/read", headers=headers)).status_code == 404


async def test_the_migrations_make_the_tables_that_the_code_knows(
    client: AsyncClient, settings: NotifySettings
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    everything = MetaData()
    for one in (metadata, messaging_tables.metadata):
        for table in one.tables.values():
            table.to_metadata(everything)
    engine = create_async_engine(settings.database_url.get_secret_value())
    drift = [change for change in await schema_drift(engine, everything) if "alembic_version" not in change]
    await engine.dispose()
    assert drift == []


JINPU = "sanchajie/jinpu"


def jinpu_changed(path: str = JINPU, *, successor: str | None = None) -> UnitChanged:
    content = load_district().unit(JINPU).model_dump(mode="json", exclude_defaults=True)
    content |= {"path": path, "name": {"zh_hans": "锦浦新社区"}}
    return UnitChanged(
        category="general.other",
        area=path,
        revision=2,
        unit=content,
        closed=successor is not None,
        successor=successor,
    )


async def renamed(client: AsyncClient) -> None:
    """Wait until the reporter is told of the unit by its new name."""
    async with asyncio.timeout(15):
        while True:
            inbox = await told(client, f"/v1/inbox/track/{builders.CODE}", None, 2)
            if "锦浦新社区" in inbox["items"][0]["body"]:
                return
            await asyncio.sleep(0.05)


async def test_unit_that_is_renamed_is_named_anew_in_messages_of_before(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    await told(client, "/v1/inbox", token("handler"), 1)
    await tell(jinpu_changed(), 2)
    await renamed(client)


async def test_post_whose_unit_moved_finds_its_messages_at_the_new_place(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, there = uuid4(), "sanchajie/xinpu"
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    await told(client, "/v1/inbox", token("handler"), 1)
    await tell(jinpu_changed(successor=there), 2)
    await renamed(client)
    await tell(jinpu_changed(there), 2)
    inbox = await told(client, "/v1/inbox", token("handler"), 1)
    answer = await client.post(f"/v1/inbox/{inbox['items'][0]['id']}/read", headers=token("handler"))
    assert answer.status_code == 204
