"""Webhooks are taken when they were signed with a known secret, just now, and are events."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from linli.contracts import DispatchRequested, EventError, UnknownTypeError, event_type
from linli.contracts.examples import example_of
from linli.subscriber.webhooks import HEADERS, SecretError, WebhookError, Webhooks

NOW = 1_772_442_000.0
KEY, OLD_KEY, FOREIGN_KEY = b"n" * 32, b"o" * 24, b"f" * 64
EVENT = example_of(event_type(DispatchRequested))
BODY = EVENT.encode()
ID = str(EVENT.id)

Headers = dict[str, str]


def secret(key: bytes) -> str:
    return f"whsec_{b64encode(key).decode()}"


def headers(*keys: bytes, at: float = NOW) -> Headers:
    """What another implementation sends, signed with each of the keys."""
    moment = datetime.fromtimestamp(at, UTC)
    signatures = [Webhook(secret(key)).sign(ID, moment, BODY.decode()) for key in keys]
    return dict(zip(HEADERS, (ID, str(int(at)), " ".join(signatures)), strict=True))


def signed(body: bytes, *, timestamp: str = str(int(NOW))) -> Headers:
    """A right signature of what no library would sign."""
    content = f"{ID}.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(KEY, content, "sha256")).decode()
    return dict(zip(HEADERS, (ID, timestamp, f"v1,{signature}"), strict=True))


@pytest.fixture
def webhooks() -> Webhooks:
    return Webhooks([secret(OLD_KEY), secret(KEY)], clock=lambda: NOW)


def test_signed_request_is_the_event(webhooks: Webhooks) -> None:
    assert webhooks.receive(headers(KEY), BODY) == EVENT


def test_signature_of_the_reference_implementation_is_right() -> None:
    # The example in the tests of the Standard Webhooks libraries.
    reference = Webhooks(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], clock=lambda: 1614265330)
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    told = dict(zip(HEADERS, ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature), strict=True))
    reference.verify(told, b'{"test": 2432232314}')


@pytest.mark.parametrize("keys", [[OLD_KEY], [KEY], [OLD_KEY, KEY], [FOREIGN_KEY, KEY]])
def test_one_right_signature_is_enough_while_a_secret_is_replaced(webhooks: Webhooks, keys: list[bytes]) -> None:
    webhooks.verify(headers(*keys), BODY)


def test_names_of_headers_are_read_in_any_case(webhooks: Webhooks) -> None:
    webhooks.verify({name.title(): value for name, value in headers(KEY).items()}, BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": headers(FOREIGN_KEY)["webhook-signature"]},
        {"webhook-signature": headers(KEY)["webhook-signature"].replace("v1,", "v1a,")},
        {"webhook-signature": headers(KEY)["webhook-signature"].removeprefix("v1,")},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é\udc80"},
        {"webhook-id": f"{ID}0"},
        {"webhook-id": "\udc80"},
        {"webhook-timestamp": str(int(NOW) + 1)},
        {"webhook-timestamp": "now"},
    ],
)
def test_request_that_was_not_signed_so_is_refused(webhooks: Webhooks, change: Mapping[str, str]) -> None:
    with pytest.raises(WebhookError, match="no signature is right"):
        webhooks.receive({**headers(KEY), **change}, BODY)


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY.replace(b"housing", b"justice"), b"\xff"])
def test_body_that_was_changed_is_refused(webhooks: Webhooks, body: bytes) -> None:
    with pytest.raises(WebhookError, match="no signature is right"):
        webhooks.receive(headers(KEY), body)


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, ""])
def test_missing_header_is_named(webhooks: Webhooks, name: str, value: str | None) -> None:
    told = {one: text for one, text in {**headers(KEY), name: value}.items() if text is not None}
    with pytest.raises(WebhookError, match=f"no header {name}"):
        webhooks.receive(told, BODY)


@pytest.mark.parametrize("off_s", [-300, -299, 0, 299, 300])
def test_clocks_may_differ_by_five_minutes(webhooks: Webhooks, off_s: int) -> None:
    webhooks.verify(headers(KEY, at=NOW + off_s), BODY)


@pytest.mark.parametrize(("off_s", "way"), [(-600, "600 s behind"), (-301, "301 s behind"), (301, "301 s ahead of")])
def test_clocks_that_differ_more_are_refused_and_told(webhooks: Webhooks, off_s: int, way: str) -> None:
    with pytest.raises(WebhookError, match=way):
        webhooks.verify(headers(KEY, at=NOW + off_s), BODY)


@pytest.mark.parametrize("timestamp", ["soon", "1e9", "nan", "-1", f"{NOW}", "１７７２４４２０００", "9" * 400])
def test_signed_time_that_is_no_number_of_seconds_is_refused(webhooks: Webhooks, timestamp: str) -> None:
    with pytest.raises(WebhookError, match="no number of seconds"):
        webhooks.verify(signed(BODY, timestamp=timestamp), BODY)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"type": "linli.dispatch.requested.v1"}'])
def test_signed_body_that_is_no_event_is_refused_as_such(webhooks: Webhooks, body: bytes) -> None:
    with pytest.raises(EventError) as refused:
        webhooks.receive(signed(body), body)
    assert not isinstance(refused.value, UnknownTypeError)


def test_event_of_a_later_release_is_told_apart(webhooks: Webhooks) -> None:
    body = b'{"type": "linli.case.celebrated.v7"}'
    with pytest.raises(UnknownTypeError):
        webhooks.receive(signed(body), body)


@given(told=st.dictionaries(st.sampled_from(HEADERS), st.text()), body=st.binary())
def test_garbage_is_refused_and_never_another_error(told: Headers, body: bytes) -> None:
    with pytest.raises(WebhookError):
        Webhooks([secret(KEY)]).receive(told, body)


@pytest.mark.parametrize(
    "wrong", ["", "whsec_", b64encode(KEY).decode(), "whsec_s3cret!", secret(b"s" * 23), secret(b"s" * 65)]
)
def test_what_is_no_secret_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(SecretError) as refused:
        Webhooks([secret(KEY), wrong])
    assert len(wrong) <= len("whsec_") or wrong not in str(refused.value)


def test_without_a_secret_nothing_can_be_verified() -> None:
    with pytest.raises(SecretError):
        Webhooks([])
