"""Departments without AMQP receive their events by HTTP, signed, again until they have them, and apart from others."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs
from typer.testing import CliRunner

from linli.cli.main import app as cli
from linli.contracts import decode_event
from linli.messaging.connect import open_transport
from linli.subscriber.webhooks import HEADERS, Webhooks
from notify import attempts, pacing, posting, sending
from notify.attempts import Due, note_delivered
from notify.main import create_app
from notify.settings import NotifySettings
from notify.tables import webhook_bodies

from .receiver import Seen, answering, closing, endless, garbage, hanging, receiving
from .test_ledger import items
from .test_subscribing import BOTH, Tell, Token, bound, eventually, published, read, subscribe

HEARD = "case.*.facility.*.sanchajie.#"
QUICK = (timedelta(), timedelta(milliseconds=20), timedelta(milliseconds=20))


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LOOK_S", 0.05)
    monkeypatch.setattr(sending, "SWEEP_S", 0.0)
    monkeypatch.setattr("notify.domain.webhooks.SCHEDULE", QUICK)


async def webhook(client: AsyncClient, token: Token, url: str, **more: Any) -> tuple[str, str]:
    """Begin a webhook; its id and its secret."""
    made = await subscribe(client, token, transport="webhook", url=url, **more)
    assert made.status_code == 201, made.text
    if "start" not in more:
        await bound(client, token, made.json()["id"], HEARD)
    return made.json()["id"], made.json()["secret"]


async def act(client: AsyncClient, token: Token, subscription: str, action: str, body: object = None) -> Any:
    answer = await client.post(
        f"/v1/subscriptions/{subscription}/webhook/{action}", json=body, headers=token("platform")
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def case_of(seen: Seen) -> UUID:
    case: UUID = decode_event(seen.body).data.case_id  # type: ignore[attr-defined]
    return case


def verified(seen: Seen, secret: str) -> bool:
    try:
        Webhook(secret).verify(seen.body, seen.headers)
    except WebhookVerificationError:
        return False
    return True


@BOTH
async def test_an_event_is_posted_as_it_was_published_and_its_signature_verifies(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving() as receiver:
        subscription, secret = await webhook(client, token, receiver.url)
        [case] = await published(client, token, tell, 1)
        [seen] = await receiver.until(1)
        [noted] = await items(client, token, subscription, 1, "delivered")
    event = decode_event(seen.body)
    assert (case_of(seen), str(event.id)) == (case, noted["event_id"])
    assert seen.headers["webhook-id"] == str(event.id)
    assert (noted["attempts"], noted["reason"]) == (1, None)
    assert secret.startswith("whsec_")
    assert verified(seen, secret)
    assert Webhooks([secret]).receive(seen.headers, seen.body) == event
    assert not verified(seen, "whsec_" + "A" * 43 + "=")


async def test_the_command_that_explains_signatures_takes_what_was_sent(
    client: AsyncClient, token: Token, tell: Tell, tmp_path: Path
) -> None:
    async with receiving() as receiver:
        _, secret = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        [seen] = await receiver.until(1)
    body, secret_file = tmp_path / "body.json", tmp_path / "secret"
    body.write_bytes(seen.body)
    secret_file.write_text(secret)
    headers = [word for name in HEADERS for word in (f"--{name}", seen.headers[name])]
    words = ["events", "verify-signature", "--secret-file", str(secret_file), *headers, str(body)]
    told = CliRunner().invoke(cli, words)
    event = decode_event(seen.body)
    assert (told.exit_code, told.stdout) == (0, f"valid: {event.type} {event.id}\n")


async def test_a_webhook_has_no_queue_and_shows_no_secret_again(client: AsyncClient, token: Token, tell: Tell) -> None:
    async with receiving(hanging) as receiver:
        subscription, secret = await webhook(client, token, f"{receiver.url}?key=hidden")
        await published(client, token, tell, 2)
        await receiver.until(1)
        shown = await read(client, token, subscription)
        listed = await client.get("/v1/subscriptions", headers=token("platform"))
    assert (shown["queue"], shown["transport"], shown["waiting"]) == (None, "webhook", 2)
    assert shown["url"] == f"{receiver.url}?…"
    assert secret not in listed.text
    assert "hidden" not in listed.text


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"transport": "webhook"}, "a webhook needs one"),
        ({"url": "https://example.org/"}, "only a webhook has one"),
        ({"transport": "webhook", "url": "ftp://example.org/"}, "it must begin with https://"),
        ({"transport": "webhook", "url": "https://u:p@example.org/"}, "it may name neither user nor fragment"),
    ],
)
async def test_a_url_that_does_not_fit_is_refused(
    client: AsyncClient, token: Token, more: dict[str, str], fault: str
) -> None:
    refused = await subscribe(client, token, **more)
    assert (refused.status_code, refused.json()["errors"]) == (422, [{"field": "url", "message": fault}])
    assert (await subscribe(client, token, transport="pigeon")).status_code == 422


@pytest.mark.parametrize("play", [answering(500), answering(302, Location="http://127.0.0.1:9/"), closing, garbage])
async def test_what_failed_is_sent_again_with_the_same_id(
    client: AsyncClient, token: Token, tell: Tell, play: Any
) -> None:
    async with receiving(play, answering(200)) as receiver:
        subscription, secret = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        first, second = await receiver.until(2)
        [noted] = await items(client, token, subscription, 1, "delivered")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (noted["attempts"], noted["reason"]) == (2, None)
    assert verified(second, secret)


async def test_an_endless_answer_is_a_delivery_like_any_other(client: AsyncClient, token: Token, tell: Tell) -> None:
    async with receiving(endless) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        await items(client, token, subscription, 1, "delivered")
    assert len(receiver.seen) == 1


async def test_after_the_last_attempt_it_is_dead_and_can_be_sent_again(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving(*[answering(500)] * 3, answering(200)) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        [noted] = await items(client, token, subscription, 1, "dead")
        assert (noted["attempts"], noted["reason"]) == (3, "it answered 500")
        shown = await read(client, token, subscription)
        assert (shown["waiting"], shown["dead"], shown["failing_since"] is None) == (0, 1, False)
        path = f"/v1/subscriptions/{subscription}/deliveries/{noted['event_id']}/redeliver"
        assert (await client.post(path, headers=token("department", department="housing"))).status_code == 202
        [noted] = await items(client, token, subscription, 1, "delivered")
        assert (await read(client, token, subscription))["failing_since"] is None
    assert (noted["attempts"], len(receiver.seen), len(set(receiver.ids))) == (1, 4, 1)


async def test_a_receiver_that_is_gone_gets_nothing_more_until_it_is_enabled(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving(answering(410), answering(200)) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)

        async def disabled() -> Any:
            shown = await read(client, token, subscription)
            return shown["disabled_at"] and shown

        shown = await eventually(disabled)
        assert shown["disabled_reason"] == "the receiver answered 410: it wants nothing more"
        await published(client, token, tell, 1)
        await asyncio.sleep(0.3)  # in which it would have been sent several times
        assert len(receiver.seen) == 1
        enabled = await act(client, token, subscription, "enable")
        assert (enabled["disabled_at"], enabled["disabled_reason"]) == (None, None)
        await items(client, token, subscription, 2, "delivered")


async def test_a_receiver_that_fails_for_days_is_disabled(
    client: AsyncClient, token: Token, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "GIVE_UP_AFTER", timedelta(milliseconds=1))
    async with receiving(answering(500)) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)

        async def disabled() -> bool:
            return bool((await read(client, token, subscription))["disabled_at"])

        await eventually(disabled)


async def test_nothing_is_sent_before_the_receiver_wants_it(client: AsyncClient, token: Token, tell: Tell) -> None:
    async with receiving(answering(429, Retry_After="1"), answering(200)) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        await receiver.until(1)
        await items(client, token, subscription, 1, "failed")
        await published(client, token, tell, 1)
        seen = await receiver.until(3)
    assert min(seen[1].at, seen[2].at) - seen[0].at > 0.9


async def test_slow_and_dead_receivers_delay_nobody_else(
    client: AsyncClient, token: Token, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "AT_ONCE", 4)  # fewer than there are slow ones
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(receiving(hanging)) for _ in range(6)]
        fine = [await stack.enter_async_context(receiving()) for _ in range(3)]
        async with receiving() as dead:
            urls = [*(one.url for one in slow), dead.url, *(one.url for one in fine)]
        for number, url in enumerate(urls):
            await webhook(client, token, url, name=f"works-{number}")
        cases = await published(client, token, tell, 30)
        for one in fine:
            await one.until(30, within_s=posting.TIMEOUT_S / 2)
            assert {case_of(seen) for seen in one.seen} == set(cases)
        assert [len(one.seen) for one in slow] == [1] * 6


async def test_a_receiver_that_failed_is_sent_one_event_at_a_time(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving(answering(500), hanging) as receiver:
        await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        await receiver.until(2)
        await published(client, token, tell, 10)
        await asyncio.sleep(0.3)  # in which the others would have come
        assert len(receiver.seen) == 2


@asynccontextmanager
async def another(settings: NotifySettings, bus_url: str) -> AsyncIterator[FastAPI]:
    made = create_app(settings, open_transport(bus_url))
    async with made.router.lifespan_context(made):
        yield made


async def test_several_processes_send_each_event_once(
    client: AsyncClient, token: Token, tell: Tell, settings: NotifySettings, bus_url: str
) -> None:
    async def takes_its_time(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await answering(200)(writer)

    async with receiving(takes_its_time) as receiver, another(settings, bus_url), another(settings, bus_url):
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 60)
        await items_up_to(client, token, subscription, 60)
    assert len(receiver.ids) == len(set(receiver.ids)) == 60


async def items_up_to(client: AsyncClient, token: Token, subscription: str, count: int) -> None:
    async def delivered() -> bool:
        found = await read(client, token, subscription, "/deliveries?state=delivered&limit=100")
        return len(found["items"]) == count

    await eventually(delivered)


async def test_what_was_sent_and_not_noted_is_sent_again_with_the_same_id(
    client: AsyncClient, token: Token, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LEASE", timedelta(milliseconds=300))
    kills = iter([True])

    async def noting(connection: AsyncConnection, delivered: Sequence[Due]) -> None:
        if not next(kills, False):
            await note_delivered(connection, delivered)

    monkeypatch.setattr("notify.sending.note_delivered", noting)
    async with receiving() as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        [noted] = await items(client, token, subscription, 1, "delivered")
    assert receiver.ids == [noted["event_id"]] * 2


async def test_what_cannot_be_noted_at_once_is_noted_later_and_not_sent_again(
    client: AsyncClient, token: Token, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([ConnectionError("the database went away")] * 2)

    async def noting(connection: AsyncConnection, delivered: Sequence[Due]) -> None:
        for failure in failures:
            raise failure
        await note_delivered(connection, delivered)

    monkeypatch.setattr("notify.sending.note_delivered", noting)
    async with receiving() as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 3)
        noted = await items(client, token, subscription, 3, "delivered")
    assert sorted(receiver.ids) == sorted(one["event_id"] for one in noted)


async def test_while_a_secret_is_rotated_both_verify_and_then_only_the_new(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving() as receiver:
        subscription, old = await webhook(client, token, receiver.url)
        rotated = await act(client, token, subscription, "rotate")
        assert datetime.fromisoformat(rotated["former_until"]) > datetime.now(UTC) + timedelta(hours=23)
        await published(client, token, tell, 1)
        [during] = await receiver.until(1)
        assert [verified(during, secret) for secret in (old, rotated["secret"])] == [True, True]
        newest = await act(client, token, subscription, "rotate", {"overlap_h": 0})
        await published(client, token, tell, 1)
        after = (await receiver.until(2))[1]
    assert [verified(after, secret) for secret in (rotated["secret"], newest["secret"])] == [False, True]


@BOTH
async def test_one_that_begins_in_the_past_gets_all_since_then_and_goes_on_live(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    before = await published(client, token, tell, 3)
    refused = await subscribe(client, token, name="early", start="2020-01-01T00:00:00Z")
    first = refused.json()["errors"][0]["message"].removeprefix("the archive begins at ")
    async with receiving() as receiver:
        subscription, _ = await webhook(client, token, receiver.url, start=first)
        await bound(client, token, subscription, HEARD)
        after = await published(client, token, tell, 2)
        await receiver.until(5)
        again = await client.post(
            f"/v1/subscriptions/{subscription}/replays", json={"since": first}, headers=token("platform")
        )
        assert again.status_code == 201
        await receiver.until(10)
    assert {case_of(one) for one in receiver.seen[:5]} == {*before, *after}
    assert sorted(receiver.ids[:5]) == sorted(receiver.ids[5:])


async def test_a_webhook_can_be_moved_and_narrowed(client: AsyncClient, token: Token, tell: Tell) -> None:
    async with receiving() as old, receiving() as new:
        subscription, _ = await webhook(client, token, old.url)
        path = f"/v1/subscriptions/{subscription}"
        moved = await client.patch(path, json={"url": new.url}, headers=token("platform"))
        assert (moved.json()["url"], moved.json()["version"]) == (new.url, 2)
        await published(client, token, tell, 1)
        await new.until(1)
        narrowed = await client.patch(path, json={"events": ["case.closed"]}, headers=token("platform"))
        await bound(client, token, subscription, "case.closed.facility.*.sanchajie.#")
        assert narrowed.json()["url"] == new.url
        await published(client, token, tell, 1)
        await asyncio.sleep(0.2)  # in which it would have come
        assert (len(old.seen), len(new.seen)) == (0, 1)
        wrong = await client.patch(path, json={"url": "https://a@b/"}, headers=token("platform"))
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "url")


async def test_what_has_a_queue_has_no_webhook(client: AsyncClient, token: Token) -> None:
    made = (await subscribe(client, token)).json()
    path = f"/v1/subscriptions/{made['id']}"
    assert made["secret"] is None
    for action in ("rotate", "enable", "test"):
        answer = await client.post(f"{path}/webhook/{action}", headers=token("platform"))
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such webhook.")
    moved = await client.patch(path, json={"url": "https://example.org/"}, headers=token("platform"))
    assert moved.status_code == 404


async def test_a_department_has_its_own_webhook_in_hand_and_no_other(client: AsyncClient, token: Token) -> None:
    async with receiving() as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        for action in ("rotate", "enable", "test"):
            path = f"/v1/subscriptions/{subscription}/webhook/{action}"
            assert (await client.post(path, headers=token("department", department="housing"))).status_code == 200
            other = token("department", department="civil-affairs")
            assert (await client.post(path, headers=other)).status_code == 404
            assert (await client.post(path, headers=token("staff"))).status_code == 404
            assert (await client.post(path)).status_code == 401


async def test_a_test_is_signed_and_says_what_came_of_it(client: AsyncClient, token: Token) -> None:
    async with receiving(answering(200, b"thanks"), answering(500, b"\xff" * 5000), closing) as receiver:
        subscription, secret = await webhook(client, token, receiver.url)
        good, bad, none = [await act(client, token, subscription, "test") for _ in range(3)]
        ledger_of_it = await read(client, token, subscription, "/deliveries")
    assert (good["delivered"], good["status"], good["answer"], good["reason"]) == (True, 200, "thanks", None)
    assert (bad["delivered"], bad["status"], bad["reason"], len(bad["answer"])) == (False, 500, "it answered 500", 1000)
    assert (none["status"], none["answer"], none["delivered"]) == (None, None, False)
    assert ledger_of_it["items"] == []
    seen = receiver.seen[0]
    assert verified(seen, secret)
    told = json.loads(seen.body)
    assert (told["type"], told["id"]) == ("linli.webhook.test.v1", good["event_id"])
    assert told["data"]["type"].startswith("linli.case.")


async def test_a_webhook_into_a_forbidden_network_is_never_connected(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    async with receiving() as receiver:
        url = f"http://[::ffff:10.0.0.1]:{receiver.port}/"
        subscription, _ = await webhook(client, token, url)
        tried = await act(client, token, subscription, "test")
        assert tried["reason"] == "the host has no address that webhooks may go to"
        await published(client, token, tell, 1)
        [noted] = await items(client, token, subscription, 1, "dead")
    assert noted["reason"] == "the host has no address that webhooks may go to"


async def test_a_repeated_request_makes_one_webhook_and_shows_its_secret_once(
    client: AsyncClient, token: Token
) -> None:
    key = str(uuid4())
    made = await subscribe(client, token, key, transport="webhook", url="https://example.org/")
    again = await subscribe(client, token, key, transport="webhook", url="https://example.org/")
    assert again.json()["id"] == made.json()["id"]
    assert made.json()["secret"]
    assert again.json()["secret"] is None


async def test_without_a_key_there_are_no_webhooks_and_everything_else_works(
    settings: NotifySettings, bus_url: str, token: Token
) -> None:
    without = settings.model_copy(update={"webhook_key": None})
    async with (
        another(without, bus_url) as app,
        AsyncClient(transport=ASGITransport(app), base_url="http://notify") as client,
    ):
        refused = await subscribe(client, token, transport="webhook", url="https://example.org/")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "webhooks-off")
        assert "NOTIFY_WEBHOOK_KEY" in refused.json()["detail"]
        assert (await subscribe(client, token)).status_code == 201


async def test_with_another_key_nothing_is_sent_unsigned(
    client: AsyncClient, token: Token, settings: NotifySettings, bus_url: str
) -> None:
    async with receiving() as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        other = settings.model_copy(update={"webhook_key": SecretStr("A" * 43)})
        async with (
            another(other, bus_url) as app,
            AsyncClient(transport=ASGITransport(app), base_url="http://notify") as elsewhere,
        ):
            tried = await act(elsewhere, token, subscription, "test")
            assert receiver.seen == []
            await act(elsewhere, token, subscription, "rotate")
            assert (await act(elsewhere, token, subscription, "test"))["delivered"]
    assert tried["reason"] == "its secret was encrypted with another key"


async def test_neither_secrets_nor_queries_reach_a_log(
    client: AsyncClient, token: Token, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with receiving(answering(500), closing, answering(410)) as receiver:
        with capture_logs() as logs:
            subscription, secret = await webhook(client, token, f"{receiver.url}?key=hidden")
            newer = (await act(client, token, subscription, "rotate"))["secret"]
            await act(client, token, subscription, "test")
            await published(client, token, tell, 1)

            async def disabled() -> bool:
                return bool((await read(client, token, subscription))["disabled_at"])

            await eventually(disabled)
    assert any(line["event"] == "webhook disabled" for line in logs)
    written = json.dumps(logs, default=str) + caplog.text
    for hidden in ("hidden", secret, newer, secret.removeprefix("whsec_")):
        assert hidden not in written


async def kept(settings: NotifySettings) -> int:
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count()).select_from(webhook_bodies))
    await engine.dispose()
    return count or 0


async def test_bodies_are_kept_only_while_something_waits_for_them(
    client: AsyncClient, token: Token, tell: Tell, settings: NotifySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "KEPT", timedelta())
    async with receiving() as fine, receiving(hanging) as slow:
        await webhook(client, token, fine.url, name="fine")
        subscription, _ = await webhook(client, token, slow.url, name="slow")
        await published(client, token, tell, 2)
        await fine.until(2)
        assert await kept(settings) == 2
        assert (await client.delete(f"/v1/subscriptions/{subscription}", headers=token("platform"))).status_code == 204
        dead = await items(client, token, subscription, 2, "dead")

        async def gone() -> bool:
            return await kept(settings) == 0

        await eventually(gone)
    assert {one["reason"] for one in dead} == {"the subscription was closed"}


async def test_attempts_are_counted_by_outcome(client: AsyncClient, token: Token, tell: Tell) -> None:
    async with receiving(answering(500), answering(200)) as receiver:
        subscription, _ = await webhook(client, token, receiver.url)
        await published(client, token, tell, 1)
        await items(client, token, subscription, 1, "delivered")
        told = (await client.get("/metrics")).text
    for outcome in ("refused", "delivered"):
        assert f'linli_webhook_attempts_total{{outcome="{outcome}",queue="dept.housing.works"}} 1.0' in told
