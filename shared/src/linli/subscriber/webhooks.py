"""Events that come as webhooks, signed as https://www.standardwebhooks.com says (version 1.0.0, symmetric).

    webhooks = Webhooks(os.environ["WEBHOOK_SECRETS"].split())
    event = webhooks.receive(request.headers, await request.body())

The body must be the bytes that came: whoever reads JSON and writes it again has another signature. Answer 2xx when the
event is stored, and not before; the same event may come again, so remember its ``id``.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from time import time

from linli.contracts import Event, EventData, decode_event

ID, TIMESTAMP, SIGNATURE = HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

TOLERANCE_S = 300
"""How far the sender's clock may be from ours, both ways: an old request may be a recorded one."""

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


class WebhookError(Exception):
    """The request is not to be trusted: answer 401. The message says why and quotes nothing of it."""


class SecretError(ValueError):
    """It is no signing secret; the message does not quote it."""


class Webhooks:
    """Takes requests that were signed with one of some secrets, ``whsec_`` and base64: while one is replaced, both.

    Raises:
        SecretError: one of them is no such secret, or there is none.
    """

    # Not the package `standardwebhooks`: it takes one secret and no clock, and fails with any ValueError on headers or
    # a body that are malformed, which is a 500 where it should be a 401.

    def __init__(self, secrets: Iterable[str], *, clock: Callable[[], float] = time) -> None:
        self._keys = [_key(secret) for secret in secrets]
        self._clock = clock
        if not self._keys:
            raise SecretError("there is no signing secret")

    def receive(self, headers: Mapping[str, str], body: bytes) -> Event[EventData]:
        """Return the event that a request brings.

        Raises:
            WebhookError: see `verify`.
            UnknownTypeError: a type that this release does not know: answer 2xx and drop it.
            EventError: it was signed, and is no event.
        """
        self.verify(headers, body)
        return decode_event(body)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Make sure that a request was signed, and just now.

        Raises:
            WebhookError: a header is missing, no signature is right, or the time is off.
        """
        given = {name.lower(): value for name, value in headers.items()}
        missing = [name for name in HEADERS if not given.get(name)]
        if missing:
            raise WebhookError(f"no header {', '.join(missing)}")
        signed = f"{given[ID]}.{given[TIMESTAMP]}.".encode("utf-8", "replace") + body
        if not self._is_signature(given[SIGNATURE].split(), signed):
            raise WebhookError("no signature is right: it was made with another secret, or of another body or header")
        self._require_now(given[TIMESTAMP])

    def _is_signature(self, given: Iterable[str], signed: bytes) -> bool:
        right = [b"v1," + b64encode(hmac.digest(key, signed, "sha256")) for key in self._keys]
        return any(hmac.compare_digest(one.encode("utf-8", "replace"), ours) for one in given for ours in right)

    def _require_now(self, timestamp: str) -> None:
        if not re.fullmatch("[0-9]{1,12}", timestamp):
            raise WebhookError(f"{TIMESTAMP} is no number of seconds")
        ahead_s = round(int(timestamp) - self._clock())
        if abs(ahead_s) > TOLERANCE_S:
            way = "ahead of" if ahead_s > 0 else "behind"
            raise WebhookError(f"it was signed, but {TIMESTAMP} is {abs(ahead_s)} s {way} the clock here")


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise SecretError(f"a signing secret is {_PREFIX} and base64 of {_KEY_BYTES[0]} to {_KEY_BYTES[-1]} bytes")
    return key
