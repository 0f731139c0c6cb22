"""The webhook receivers: signed requests only, each event once, answered when it is stored."""

import json
import shutil
import signal
import sqlite3
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from linli.contracts import CaseRouted, Event, EventData, new_event
from linli.contracts.examples import EXAMPLES
from linli.testing.local_rabbitmq import free_ports
from linli.testing.waiting import wait_until

from .program import program, stop

OLD, NEW, FOREIGN = (f"whsec_{b64encode(letter * 32).decode()}" for letter in (b"o", b"n", b"f"))
MAX_BODY_BYTES = 256 * 1024
WAIT_S = 30.0
NODE = shutil.which("node") or ""
WITHOUT_NODE = pytest.mark.skipif(not NODE, reason="needs Node")


@dataclass(frozen=True)
class Receiver:
    """A running example, and where it stores what it takes."""

    client: httpx.Client
    orders: Path

    def post(
        self, body: bytes, *secrets: str, message_id: str = "msg_1", late: timedelta = timedelta(), **change: str
    ) -> int:
        """Send a request signed with each of the secrets and return the status of the answer."""
        at = datetime.now(UTC) - late
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(one).sign(message_id, at, body.decode()) for one in secrets),
            **{name.replace("_", "-"): value for name, value in change.items()},
        }
        return self.client.post("/events", content=body, headers=headers).status_code

    def deliver(self, event: Event[EventData], *secrets: str) -> int:
        return self.post(event.encode(), *secrets, message_id=str(event.id))

    def stored(self) -> list[str]:
        """The ids of the events that took effect, as often as they did."""
        if self.orders.suffix == ".jsonl":
            return [json.loads(line)["event"]["id"] for line in self.orders.read_text().splitlines()]
        with closing(sqlite3.connect(self.orders)) as database:
            assert database.execute("select count(*) from orders").fetchone() == (len(_ids(database)),)
            return _ids(database)


def _ids(database: sqlite3.Connection) -> list[str]:
    return [row[0] for row in database.execute("select event_id from seen order by rowid")]


def routed() -> Event[EventData]:
    [data] = [one for one in EXAMPLES if isinstance(one, CaseRouted)]
    return new_event(data, id=uuid4(), sequence=1, time=datetime.now(UTC))


@contextmanager
def receiving(example: str, orders: Path) -> Iterator[Receiver]:
    [port] = free_ports(1)
    interpreter = NODE if example.endswith(".mjs") else sys.executable
    told = {"WEBHOOK_SECRETS": f"{OLD} {NEW}", "ORDERS": str(orders), "PORT": str(port)}
    with (
        program(interpreter, example, orders.with_suffix(".log"), **told) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=WAIT_S) as client,
    ):
        wait_until(lambda: _answers(client), f"{example} to answer", seconds=WAIT_S)
        yield Receiver(client, orders)
        client.close()  # an open connection would be waited for
        # Uvicorn ends cleanly, and then by the signal that it was told to end with.
        assert stop(process) in {0, -signal.SIGTERM}


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 404
    except httpx.TransportError:
        return False


@pytest.fixture(
    scope="module",
    params=[
        ("webhook_fastapi.py", "orders.db"),
        pytest.param(("webhook_node.mjs", "orders.jsonl"), marks=WITHOUT_NODE),
    ],
    ids=["fastapi", "node"],
)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    name, orders = request.param
    return name, tmp_path_factory.mktemp("department") / orders


@pytest.fixture(scope="module")
def receiver(example: tuple[str, Path]) -> Iterator[Receiver]:
    with receiving(*example) as running:
        assert running.deliver(routed(), NEW) == 204
        yield running


@pytest.mark.parametrize("secrets", [[OLD], [NEW], [OLD, NEW], [FOREIGN, NEW]])
def test_signed_event_is_stored_when_it_is_answered(receiver: Receiver, secrets: list[str]) -> None:
    event = routed()
    assert receiver.deliver(event, *secrets) == 204
    assert receiver.stored()[-1] == str(event.id)


def test_same_event_again_takes_effect_once(receiver: Receiver) -> None:
    event = routed()
    assert [receiver.deliver(event, NEW) for _ in range(2)] == [204, 204]
    assert receiver.stored().count(str(event.id)) == 1


def test_what_was_not_signed_just_now_is_refused_and_leaves_nothing(receiver: Receiver) -> None:
    before, body, late = receiver.stored(), routed().encode(), timedelta(minutes=10)
    refused = [
        receiver.post(body, FOREIGN),
        receiver.post(body, NEW, webhook_id="msg_2"),
        receiver.post(body, NEW, late=late),
        receiver.post(body, NEW, late=-late),
        *(receiver.post(body, NEW, webhook_signature=garbage) for garbage in ("", "v1", "v1,", "v1,!", "v2,x v1,")),
        *(receiver.post(body, NEW, webhook_timestamp=garbage) for garbage in ("", "soon", "9" * 400)),
    ]
    assert refused == [401] * len(refused)
    assert receiver.client.post("/events", content=b"\xff").status_code == 401
    assert receiver.stored() == before


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\x00", b"[" * 9999])
def test_what_was_signed_and_is_no_event_is_refused_and_leaves_nothing(receiver: Receiver, body: bytes) -> None:
    before = receiver.stored()
    assert receiver.post(body, NEW) == 400
    assert receiver.stored() == before


def test_body_over_the_limit_is_refused_and_others_are_served(receiver: Receiver) -> None:
    before = receiver.stored()
    assert receiver.post(b" " * MAX_BODY_BYTES, NEW) == 400
    assert receiver.post(b" " * (MAX_BODY_BYTES + 1), NEW) == 413
    assert receiver.post(b" " * (8 * MAX_BODY_BYTES), NEW) == 413
    assert receiver.stored() == before
    assert receiver.deliver(routed(), NEW) == 204


def test_event_is_remembered_over_restarts_and_a_torn_write(example: tuple[str, Path], tmp_path: Path) -> None:
    name, orders = example[0], tmp_path / example[1].name
    first, second = routed(), routed()
    with receiving(name, orders) as running:
        assert running.deliver(first, NEW) == 204
    if orders.suffix == ".jsonl":
        with orders.open("a") as file:
            file.write('{"id": "torn')
    with receiving(name, orders) as running:
        assert [running.deliver(one, NEW) for one in (first, second)] == [204, 204]
        assert running.stored() == [str(first.id), str(second.id)]
