"""`linli bus topology`: one description, exported, compared with a live broker, and made true."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import aiormq
import pytest

from linli.messaging import amqp_operator
from linli.messaging.message import Message
from linli.messaging.topology import EVENTS, Binding, Queue, Topology, department_topology
from linli.messaging.transport import Transport
from linli.testing.proxy import tcp_proxy
from linli.testing.rabbitmq import Broker

from .conftest import SECRET, SUITE, done, linli, refused

LINLI = Path(sys.executable).parent / "linli"
CHECK = ("bus", "topology", "check", "--bus")
APPLY = ("bus", "topology", "apply", "--bus")
Export = Callable[[], Path]


def vhost(url: str) -> str:
    return quote(urlsplit(url).path[1:], safe="")


def queues(broker: Broker, url: str) -> dict[str, Any]:
    with broker.management() as api:
        return {one["name"]: one["arguments"] for one in api.get(f"/api/queues/{vhost(url)}").json()}


async def test_what_was_exported_is_imported_by_rabbitmq_and_is_what_the_services_declare(
    broker: Broker, amqp_url: str, management: list[str], exported: Export
) -> None:
    with broker.management() as api:
        definitions = json.loads(exported().read_text())
        api.post(f"/api/definitions/{vhost(amqp_url)}", json=definitions).raise_for_status()
    assert await done(*CHECK, amqp_url, *management) == ""


async def test_an_export_names_the_virtual_host_so_that_the_whole_broker_can_import_it(
    broker: Broker, amqp_url: str, management: list[str]
) -> None:
    text = await done("bus", "topology", "export", "--vhost", vhost(amqp_url))
    with broker.management() as api:
        api.post("/api/definitions", json=json.loads(text)).raise_for_status()
    assert await done(*CHECK, amqp_url, *management) == ""


@pytest.mark.usefixtures("rabbit")
async def test_what_the_services_declare_has_no_drift_from_an_export(
    amqp_url: str, management: list[str], exported: Export
) -> None:
    assert await done(*CHECK, amqp_url, *management, "--file", str(exported())) == ""


async def test_a_file_of_a_whole_broker_is_read_for_the_virtual_host_of_the_bus(
    broker: Broker, amqp_url: str, management: list[str], rabbit: Transport, tmp_path: Path
) -> None:
    await rabbit.declare(Topology(queues=(Queue("dept.gone.inbox"),)))
    other = broker.new_vhost()
    with broker.management() as api:
        api.put(f"/api/queues/{vhost(other)}/dept.other.inbox", json={"durable": True}).raise_for_status()
        whole = api.get("/api/definitions").json()
    broker.delete_vhost(other)
    path = tmp_path / "whole.json"
    path.write_text(json.dumps(whole))
    assert await done(*CHECK, amqp_url, *management, "--file", str(path)) == ""


@pytest.mark.usefixtures("rabbit")
async def test_drift_is_told_and_names_of_others_are_left_out_of_it(amqp_url: str, management: list[str]) -> None:
    gone, changed = "dept.housing.inbox", "routing.inbox.dead"
    connection = await aiormq.connect(amqp_url)
    channel = await connection.channel()
    await channel.queue_delete(gone)
    await channel.queue_delete(changed)
    await channel.queue_declare(changed, durable=True, arguments={"x-queue-type": "quorum"})
    for name in ("volunteer.inbox.old", "dept.gone.inbox", "somebody.else"):
        await channel.queue_declare(name, durable=True)
        await channel.queue_bind(name, EVENTS, "case.closed.#")
    await channel.queue_bind("routing.inbox", EVENTS, "#")
    await connection.close()
    result = await linli(*CHECK, amqp_url, *management)
    assert result.exit_code == 1
    lines = [line.split(maxsplit=1) for line in result.stdout.replace("left over", "left").splitlines()]
    patterns = [one.pattern for one in SUITE.bindings if one.target == gone]
    assert sorted(lines) == sorted(
        [
            ["missing", f"queue {gone}"],
            *(["missing", f"binding {EVENTS} -> {gone} ({pattern})"] for pattern in patterns),
            [
                "otherwise",
                f'queue {changed}: x-delivery-limit is null, not 2147483647, x-overflow is null, not "reject-publish"',
            ],
            ["left", "queue dept.gone.inbox"],
            ["left", "queue volunteer.inbox.old"],
            ["left", f"binding {EVENTS} -> dept.gone.inbox (case.closed.#)"],
            ["left", f"binding {EVENTS} -> volunteer.inbox.old (case.closed.#)"],
            ["left", f"binding {EVENTS} -> routing.inbox (#)"],
        ]
    )


async def test_further_streams_of_departments_are_notifys_and_never_left_over(
    amqp_url: str, rabbit: Transport, management: list[str]
) -> None:
    await rabbit.declare(department_topology("housing", ["case.#"], "works"))
    assert await done(*CHECK, amqp_url, *management) == ""
    assert "dept.housing.works" not in await done(*APPLY, amqp_url, *management, "--prune")
    assert [await rabbit.exists(name) for name in ("dept.housing.works", "dept.housing.works.dead")] == [True, True]
    assert await rabbit.publish([Message(str(uuid4()), "case.routed.a.b.c", b"{}")]) == [None]
    assert await rabbit.depth("dept.housing.works") == 1


async def test_apply_makes_an_empty_broker_the_suite_without_the_management_plugin(
    amqp_url: str, management: list[str]
) -> None:
    printed = await done(*APPLY, amqp_url)
    assert printed.count("declared queue") == len(SUITE.queues)
    assert await done(*CHECK, amqp_url, *management) == ""
    assert "declared" not in await done(*APPLY, amqp_url)


async def test_prune_takes_away_what_is_left_over_and_nothing_of_anybody_else(
    broker: Broker, amqp_url: str, management: list[str], rabbit: Transport
) -> None:
    extra = Topology(
        queues=(Queue("dept.gone.inbox"), Queue("somebody.else")),
        bindings=(
            Binding(EVENTS, "dept.gone.inbox", "#"),
            Binding(EVENTS, "somebody.else", "#"),
            Binding(EVENTS, "routing.inbox", "#"),
        ),
    )
    await rabbit.declare(extra)
    assert "dept.gone" not in await done(*APPLY, amqp_url)
    printed = await done(*APPLY, amqp_url, *management, "--prune")
    assert sorted(printed.splitlines()) == [
        "deleted queue dept.gone.inbox",
        f"unbound {EVENTS} -> dept.gone.inbox (#)",
        f"unbound {EVENTS} -> routing.inbox (#)",
    ]
    assert await done(*CHECK, amqp_url, *management) == ""
    assert "somebody.else" in queues(broker, amqp_url)


@pytest.mark.parametrize("use", ["holds", "is read by"])
async def test_prune_changes_nothing_when_a_queue_that_would_go_is_in_use(
    broker: Broker, amqp_url: str, management: list[str], rabbit: Transport, use: str
) -> None:
    await rabbit.declare(Topology(queues=(Queue("dept.gone.inbox"), Queue("dept.empty.inbox"))))
    connection = await aiormq.connect(amqp_url)
    channel = await connection.channel()
    await channel.queue_delete("routing.inbox")
    if use == "holds":
        assert await rabbit.send("dept.gone.inbox", [Message("1", "a.b", b"{}")]) == [None]
    else:
        await channel.basic_consume("dept.gone.inbox", _ignore)
    before = queues(broker, amqp_url)
    line = await refused(*APPLY, amqp_url, *management, "--prune")
    assert f"nothing was changed: queue dept.gone.inbox would be deleted and {use} 1" in line
    assert queues(broker, amqp_url) == before
    await connection.close()


async def _ignore(_: object) -> None: ...


@pytest.mark.parametrize("prune", [[], ["--prune"]])
async def test_apply_changes_nothing_when_a_queue_is_declared_otherwise(
    broker: Broker, amqp_url: str, management: list[str], prune: list[str]
) -> None:
    connection = await aiormq.connect(amqp_url)
    await (await connection.channel()).queue_declare("notify.inbox", durable=True)
    await connection.close()
    line = await refused(*APPLY, amqp_url, *management, *prune)
    assert "nothing was changed" in line
    assert "notify.inbox" in line
    assert list(queues(broker, amqp_url)) == ["notify.inbox"]


async def test_apply_changes_nothing_when_a_binding_leads_nowhere(
    broker: Broker, amqp_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "dangling.json"
    binding = {"source": "linli.no-such", "destination": "dept.a.inbox", "destination_type": "queue"}
    path.write_text(json.dumps({"exchanges": [], "queues": [{"name": "dept.a.inbox"}], "bindings": [binding]}))
    assert "there is no exchange 'linli.no-such'" in await refused(*APPLY, amqp_url, "--file", str(path))
    assert queues(broker, amqp_url) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"queues": 5, "exchanges": [], "bindings": []}',
        '{"queues": [{}], "exchanges": [], "bindings": []}',
    ],
)
async def test_a_file_that_is_no_definitions_is_refused(amqp_url: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "definitions.json"
    path.write_text(text)
    for command in (CHECK, APPLY):
        assert f"{path}: no definitions" in await refused(*command, amqp_url, "--file", str(path))


async def test_a_file_that_is_not_there_is_refused(amqp_url: str, tmp_path: Path) -> None:
    assert "No such file" in await refused(*CHECK, amqp_url, "--file", str(tmp_path / "none.json"))


@pytest.mark.usefixtures("rabbit")
async def test_what_needs_the_management_plugin_says_so_where_there_is_none(amqp_url: str) -> None:
    nowhere = "http://127.0.0.1:1"
    for words in ((*CHECK, amqp_url), (*APPLY, amqp_url, "--prune")):
        assert f"no management plugin answers at {nowhere}" in await refused(*words, "--management", nowhere)


@pytest.mark.usefixtures("rabbit")
async def test_the_management_of_another_broker_is_not_believed(
    amqp_url: str, management: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.messaging.amqp_operator.AmqpOperator.cluster_name", "rabbit@elsewhere")
    assert "is the management of another broker" in await refused(*CHECK, amqp_url, *management)


def with_account(url: str, account: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{account}@{parts.netloc.rpartition('@')[2]}").geturl()


async def test_a_wrong_password_is_told_without_repeating_it(amqp_url: str, management: list[str]) -> None:
    wrong = with_account(amqp_url, f"linli:{SECRET}")
    assert "the login is refused" in await refused(*CHECK, wrong, *management)
    other = ["--management", with_account(management[1], f"linli:{SECRET}")]
    assert "refuses the login" in await refused(*CHECK, amqp_url, *other)


@pytest.mark.parametrize("command", [CHECK, APPLY, ("bus", "dead", "list", "--bus")])
async def test_a_broker_that_is_away_is_told(command: tuple[str, ...]) -> None:
    assert "127.0.0.1:1 does not answer" in await refused(*command, f"amqp://linli:{SECRET}@127.0.0.1:1")


async def test_a_virtual_host_that_does_not_exist_is_told(amqp_url: str, management: list[str]) -> None:
    nowhere = amqp_url.rpartition("/")[0] + "/no-such"
    assert "virtual host" in await refused(*CHECK, nowhere, *management)


@pytest.mark.parametrize("command", [CHECK, APPLY])
async def test_an_embedded_bus_has_no_topology_of_its_own(command: tuple[str, ...]) -> None:
    assert "is for RabbitMQ" in await refused(*command, f"postgresql://u:{SECRET}@127.0.0.1:1/x")


@pytest.mark.parametrize(
    "url", [f"http://u:{SECRET}@h", f"amqp://u:{SECRET}/x@h", f"amqp://u:{SECRET}@h:no", f"postgresql://u:{SECRET}@h"]
)
async def test_a_bus_url_that_is_none_is_a_wrong_usage(url: str) -> None:
    result = await linli(*CHECK, url)
    assert result.exit_code == 2
    assert "--bus" in result.stderr


async def test_a_broker_that_freezes_is_waited_for_no_longer_than_the_bound(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp_operator, "CONNECT_TIMEOUT_S", 1.0)
    parts = urlsplit(amqp_url)
    async with tcp_proxy(parts.hostname or "", parts.port or 0) as proxy:
        proxy.freeze()
        account = parts.netloc.rpartition("@")[0]
        frozen = parts._replace(netloc=f"{account}@127.0.0.1:{proxy.port}").geturl()
        async with asyncio.timeout(20):
            assert "does not answer (TimeoutError)" in await refused(*APPLY, frozen)


async def test_an_apply_whose_reader_has_gone_is_done_to_its_end(amqp_url: str, management: list[str]) -> None:
    ours, its = os.pipe()
    words = [str(LINLI), *APPLY, amqp_url]
    process = await asyncio.create_subprocess_exec(*words, stdout=its, stderr=asyncio.subprocess.PIPE)
    os.close(its)
    os.close(ours)
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    assert b"Traceback" not in errors
    assert await done(*CHECK, amqp_url, *management) == ""
