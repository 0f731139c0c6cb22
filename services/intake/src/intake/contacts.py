"""Encryption of what reporters leave for a call-back."""

import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class ContactKeyError(ValueError):
    """The key is not 32 bytes in URL-safe base64; the message quotes nothing of it."""


class ContactUnreadableError(Exception):
    """The stored contact was encrypted with another key, or for another issue, or was changed."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who reported and how to reach them; its repr shows neither."""

    name: str | None
    phone_or_mail: str | None

    def __repr__(self) -> str:
        return "Contact(…)"


class ContactCipher:
    """AES-256-GCM, bound to the issue: a row that is copied to another issue cannot be read there."""

    def __init__(self, key: str) -> None:
        try:
            raw = urlsafe_b64decode(key + "=" * (-len(key) % 4))
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise ContactKeyError(f"must be {KEY_BYTES} bytes in URL-safe base64")
        self._cipher = AESGCM(raw)
        self._key = raw

    def derived(self, purpose: bytes) -> bytes:
        """Return another key of 32 bytes, which tells nothing of this one, for another purpose."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(self._key)

    def encrypt(self, issue_id: UUID, contact: Contact) -> bytes:
        """Return the contact, encrypted for the issue."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps([contact.name, contact.phone_or_mail]).encode()
        return nonce + self._cipher.encrypt(nonce, plain, issue_id.bytes)

    def decrypt(self, issue_id: UUID, stored: bytes) -> Contact:
        """Return the contact that was encrypted for the issue.

        Raises:
            ContactUnreadableError: it was not.
        """
        try:
            plain = self._cipher.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], issue_id.bytes)
        except (InvalidTag, ValueError):
            raise ContactUnreadableError("the contact of this issue cannot be decrypted") from None
        return Contact(*json.loads(plain))
