"""The containers as `make up` starts them: what they do together, and what they are not allowed to."""

import asyncio
import json
from pathlib import Path

import pytest

from linli.chassis.issuer import LocalIssuer
from linli.messaging.connect import open_transport
from linli.messaging.message import TransportError

from ..e2e.suite import Suite, received  # noqa: TID252 - tests are no package that could be named
from .stack import SERVICES, Stack

ROOF = {"description": "三号楼楼顶漏雨", "area": "sanchajie/jinpu/lianbang/b3", "category": "facility.roof-leak"}
LITTER = {**ROOF, "description": "楼下垃圾没人清", "category": "environment.litter"}
# Building the images from nothing takes longer than any test.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(900), pytest.mark.xdist_group("stack")]


async def test_a_report_is_settled_through_the_front_door_and_its_department_has_every_event(
    stack: Stack, suite: Suite
) -> None:
    answer = await suite.post("intake", "/v1/issues", ROOF)
    assert answer.status_code == 201, answer.text
    issue, code = answer.json()["id"], answer.json()["tracking_code"]
    assert answer.headers["location"] == f"/intake/v1/track/{code}"

    await suite.case(issue, "routed")
    await suite.act(issue, "accept")
    await suite.act(issue, "start")
    await suite.act(issue, "resolve", {"outcome": "已重做防水"})
    await suite.until(lambda: suite.get("intake", f"/v1/track/{code}"), lambda shown: shown["can_answer"])
    visit = {"contacted": True, "solved": True, "satisfaction": "satisfied"}
    assert (await suite.post("intake", f"/v1/track/{code}/feedback", visit)).status_code == 200
    await suite.until(lambda: suite.get("intake", f"/v1/track/{code}"), lambda shown: shown["state"] == "closed")

    bus = open_transport(stack.bus_url)
    try:
        housing = await received(bus, "dept.housing.inbox", 7)
    finally:
        await bus.close()
    assert {event["partitionkey"] for event in housing} == {issue}
    assert [event["type"] for event in housing if event["type"].startswith("linli.case.")] == [
        f"linli.case.{word}.v1" for word in ("routed", "accepted", "started", "resolved", "verified", "closed")
    ]


async def test_a_department_is_let_in_through_the_front_door_and_put_out_again(stack: Stack, suite: Suite) -> None:
    platform = suite.token("li-desk", "platform")
    answer = await suite.post("notify", "/v1/departments/market/credentials", headers=platform)
    assert answer.status_code == 201, answer.text
    given = answer.json()
    host, port = stack.settings["LINLI_AMQP_ADDRESS"].split(":")
    market = open_transport(given["amqp_url"].format(password=given["password"], host=host, port=port))
    try:
        async with asyncio.timeout(20), market.consume("dept.market.inbox", prefetch=1) as subscription:
            path = f"/v1/departments/market/credentials/{given['id']}"
            assert (await suite.clients["notify"].delete(path, headers=platform)).status_code == 204
            with pytest.raises(TransportError):
                await subscription.next_batch(1)
    finally:
        await market.close()
    assert given["password"] not in stack.logs()


async def test_a_token_of_another_issuer_is_refused(suite: Suite, tmp_path: Path) -> None:
    known = suite.token("li-desk", "platform")
    assert await suite.get("routing", "/v1/cases", known)

    suite.issuer = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    foreign = suite.token("li-desk", "platform")
    answers = [await suite.clients["intake"].get("/v1/issues", headers=foreign)]
    answers.append(await suite.clients["routing"].get("/v1/cases", headers=foreign))
    answers.append(await suite.clients["notify"].get("/v1/inbox", headers=foreign))

    assert [answer.status_code for answer in answers] == [401, 401, 401]


async def test_an_example_department_answers_when_it_is_called(stack: Stack, suite: Suite) -> None:
    name, slug = "department-urban-management", "urban-management"
    stack.compose("--profile=departments", "up", "--build", "--detach", "--wait", name)
    try:
        issue = (await suite.post("intake", "/v1/issues", LITTER)).json()["id"]
        staff = suite.token("li-desk", "platform")
        await suite.until(
            lambda: suite.get("routing", f"/v1/cases/{issue}", staff),
            lambda case: (slug, "done") in {(part["department"], part["state"]) for part in case["dispatches"]},
            within_s=60,
        )
        assert "Traceback" not in stack.logs(name)
    finally:
        stack.compose("--profile=departments", "rm", "--stop", "--force", name)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_without_rights_on_files_of_its_own_only(service: str, stack: Stack) -> None:
    tried = stack.python(
        service,
        "import os, pathlib\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(os.getuid(), [line.split()[1] for line in status.splitlines() if line.startswith('CapBnd')])\n"
        "pathlib.Path('/opt/written').touch()",
    )

    assert "10001 ['0000000000000000']" in tried
    assert "Read-only file system" in tried


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_cannot_connect_to_the_database_of_another(service: str, stack: Stack) -> None:
    connect = (
        "import asyncio, asyncpg, os\n"
        f"own = os.environ['{service.upper()}_DATABASE_URL']\n"
        "async def user(database):\n"
        "    try:\n"
        "        connection = await asyncpg.connect(own.rpartition('/')[0] + '/' + database)\n"
        "    except asyncpg.InsufficientPrivilegeError:\n"
        "        return 'refused'\n"
        "    return await connection.fetchval('select current_user')\n"
        f"for database in {SERVICES}:\n"
        "    print(database, asyncio.run(user(database)))\n"
    )

    tried = stack.python(service, connect)

    assert tried.splitlines() == [f"{one} {service if one == service else 'refused'}" for one in SERVICES]


async def test_logs_are_json_and_hold_no_secret_and_nothing_of_the_reporter(stack: Stack, suite: Suite) -> None:
    reporter = {"name": "例小雨", "contact": "13900001234"}
    answer = await suite.post("intake", "/v1/issues", {**ROOF, "description": "楼道灯不亮", "reporter": reporter})
    code = answer.json()["tracking_code"]
    await suite.until(lambda: suite.get("intake", f"/v1/track/{code}"), lambda shown: shown["level"])
    await suite.post("intake", f"/v1/track/{code}/feedback", {"contacted": "maybe"})

    said = stack.logs()
    secrets = {value for name, value in stack.settings.items() if name.endswith(("_PASSWORD", "_KEY"))}
    assert len(secrets) >= 7
    assert [secret for secret in [*secrets, *reporter.values(), code, "楼道灯不亮"] if secret in said] == []

    lines = stack.logs(*SERVICES, "nginx").splitlines()
    assert {json.loads(line)["service"] for line in lines} == {*SERVICES, "nginx"}
