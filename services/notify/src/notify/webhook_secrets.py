"""The secrets that webhooks are signed with, and the signatures (Standard Webhooks 1.0)."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from pydantic import SecretStr

from linli.chassis.cipher import Cipher

SECRET_BYTES = 32
PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
"""By how much the clock of whoever signed may differ."""


class WebhooksOffError(Exception):
    """There is no key to keep secrets with, so there are no webhooks."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret as its receiver is shown it, once, and as it is stored."""

    shown: str = field(repr=False)
    stored: bytes = field(repr=False)


class WebhookSecrets:
    """Secrets, each encrypted for its subscription; without a key there are none."""

    def __init__(self, key: SecretStr | None) -> None:
        self._cipher = None if key is None else Cipher(key)

    @property
    def usable(self) -> bool:
        """Whether there is a key."""
        return self._cipher is not None

    def new(self, subscription_id: UUID) -> NewSecret:
        """Make a secret.

        Raises:
            WebhooksOffError: there is no key.
        """
        raw = secrets.token_bytes(SECRET_BYTES)
        return NewSecret(PREFIX + b64encode(raw).decode(), self._with_key().encrypt(subscription_id, raw))

    def read(self, subscription_id: UUID, stored: bytes) -> bytes:
        """Return a stored secret.

        Raises:
            WebhooksOffError: there is no key.
            UnreadableError: it was encrypted with another one.
        """
        return self._with_key().decrypt(subscription_id, stored)

    def _with_key(self) -> Cipher:
        if self._cipher is None:
            raise WebhooksOffError
        return self._cipher


def signed(message_id: str, body: bytes, keys: list[bytes], at: datetime) -> dict[str, str]:
    """Return the headers that tell a receiver who sent a body; during a rotation there are two keys."""
    timestamp = str(int(at.timestamp()))
    # Not by the package: it signs text, and what is stored are bytes.
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [b64encode(hmac.digest(key, content, sha256)).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def is_signed(headers: Mapping[str, str], body: bytes, key: bytes, now: datetime) -> bool:
    """Tell whether whoever sent a body holds a key, and sent it just now."""
    which, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not which or not timestamp.isascii() or not timestamp.isdigit():
        return False
    at = int(timestamp)
    if abs(now.timestamp() - at) > TOLERANCE.total_seconds():
        return False
    right = signed(which, body, [key], datetime.fromtimestamp(at, UTC))["webhook-signature"]
    shown = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(right.encode(), one.encode()) for one in shown)
