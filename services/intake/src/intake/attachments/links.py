"""Links that let whoever has them read one file for a while."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

LIFETIME = timedelta(hours=1)
"""How long a link holds at least; at most a quarter more."""

STEP_S = 900
"""Links end on the quarter-hour, so that one that is asked for again is the same and browsers keep what they have."""

Variant = Literal["file", "thumbnail"]
_VARIANTS: tuple[Variant, ...] = ("file", "thumbnail")
_NAMED_BYTES = 16 + 1 + 8


class LinkError(Exception):
    """The link was changed, was made with another key, or has expired."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to, and until when."""

    attachment_id: UUID
    variant: Variant
    expires_at: datetime


class Links:
    """Signs with HMAC-SHA-256 and a secret ``key``."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, attachment_id: UUID, variant: Variant, now: datetime) -> tuple[str, datetime]:
        """Return the end of a link, and when it expires."""
        expires = -int(-(now + LIFETIME).timestamp() // STEP_S) * STEP_S
        named = attachment_id.bytes + bytes([_VARIANTS.index(variant)]) + expires.to_bytes(8, "big")
        token = urlsafe_b64encode(named + self._sign(named)).decode().rstrip("=")
        return token, datetime.fromtimestamp(expires, UTC)

    def target(self, token: str, now: datetime) -> Target:
        """Return what a link leads to.

        Raises:
            LinkError: it leads nowhere, or no more.
        """
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise LinkError from None
        named, signature = raw[:_NAMED_BYTES], raw[_NAMED_BYTES:]
        if len(named) < _NAMED_BYTES or not hmac.compare_digest(signature, self._sign(named)):
            raise LinkError
        expires_at = datetime.fromtimestamp(int.from_bytes(named[17:], "big"), UTC)
        if now >= expires_at:
            raise LinkError
        return Target(UUID(bytes=named[:16]), _VARIANTS[named[16]], expires_at)

    def _sign(self, named: bytes) -> bytes:
        return hmac.digest(self._key, named, sha256)
