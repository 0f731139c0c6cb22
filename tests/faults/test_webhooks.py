"""A process that is killed between posting an event and noting it: the next posts it again, with the same id."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from uuid_utils.compat import uuid7

from linli.chassis.issuer import LocalIssuer
from linli.contracts import new_event
from linli.contracts.examples import AT, EXAMPLES
from linli.messaging.message import message_from
from linli.messaging.transport import Transport
from linli.testing.service import ServiceProcess, service_environment, service_process
from linli.testing.waiting import eventually

LEASE_S = 60
WEBHOOK = {"department": "housing", "name": "works", "events": ["*.*"], "categories": ["*.*"], "areas": ["sanchajie"]}

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_webhooks"), pytest.mark.long]


@contextmanager
def receiving(killed: ServiceProcess) -> Iterator[tuple[str, list[str]]]:
    """Serve a URL, whose first request kills the process that sent it; note the ids that arrive."""
    ids: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            ids.append(self.headers["webhook-id"])
            if len(ids) == 1:
                killed.kill()
                return
            self.send_response(204)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", ids
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_what_a_killed_process_has_sent_and_not_noted_is_sent_again_with_the_same_id(
    bus: Transport, vhost: str, database_url: str, tmp_path: Path
) -> None:
    issuer = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    issuer.write_jwks(tmp_path / "jwks.json")
    told = service_environment("notify", database_url=database_url, amqp_url=vhost, jwks=tmp_path / "jwks.json")
    token = issuer.mint("li-desk", name="li-desk", roles=["platform"], areas=["sanchajie"])
    with service_process("notify", {**told, "NOTIFY_WEBHOOK_NETWORKS": "127.0.0.0/8"}) as notify:
        notify.start()
        notify.wait_until_ready()
        notify.client.headers["Authorization"] = f"Bearer {token}"
        with receiving(notify) as (url, ids):
            asked = {**WEBHOOK, "transport": "webhook", "url": url}
            made = notify.client.post("/v1/subscriptions", json=asked).raise_for_status().json()
            path = f"/v1/subscriptions/{made['id']}"
            await eventually(lambda: _bound(notify, path), "the webhook to hear", seconds=30)
            event = new_event(EXAMPLES[0], id=uuid7(), sequence=1, time=AT)
            assert await bus.publish([message_from(event)]) == [None]
            await eventually(lambda: _arrived(ids, 1), "the event", seconds=30)
            notify.start()
            notify.wait_until_ready()
            await eventually(lambda: _arrived(ids, 2), "the event again", seconds=LEASE_S + 30)
            await eventually(lambda: _delivered(notify, path), "it to be noted", seconds=30)
    assert ids == [str(event.id)] * 2


async def _bound(notify: ServiceProcess, path: str) -> bool:
    return bool(notify.client.get(path).json()["bound"])


async def _arrived(ids: list[str], count: int) -> bool:
    return len(ids) >= count


async def _delivered(notify: ServiceProcess, path: str) -> bool:
    [noted] = notify.client.get(f"{path}/deliveries").json()["items"]
    return bool(noted["state"] == "delivered")
