"""Encryption of what people leave for a call-back, each for the one thing that it is about."""

import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class ContactKeyError(ValueError):
    """The key is not 32 bytes in URL-safe base64; the message quotes nothing of it."""


class ContactUnreadableError(Exception):
    """The stored contact was encrypted with another key, or for another thing, or was changed."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who to ask for and how to reach them; its repr shows neither."""

    name: str | None
    phone_or_mail: str | None

    def __repr__(self) -> str:
        return "Contact(…)"


class ContactCipher:
    """AES-256-GCM, bound to what it is about: a row that is copied to another issue cannot be read there."""

    def __init__(self, key: str) -> None:
        try:
            raw = urlsafe_b64decode(key + "=" * (-len(key) % 4))
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise ContactKeyError(f"must be {KEY_BYTES} bytes in URL-safe base64")
        self._cipher = AESGCM(raw)

    def encrypt(self, about: UUID, contact: Contact) -> bytes:
        """Return the contact, encrypted for what it is about, an issue for example."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps([contact.name, contact.phone_or_mail]).encode()
        return nonce + self._cipher.encrypt(nonce, plain, about.bytes)

    def decrypt(self, about: UUID, stored: bytes) -> Contact:
        """Return the contact that was encrypted for what it is about, an issue for example.

        Raises:
            ContactUnreadableError: it was not.
        """
        try:
            plain = self._cipher.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], about.bytes)
        except (InvalidTag, ValueError):
            raise ContactUnreadableError("the contact cannot be decrypted") from None
        return Contact(*json.loads(plain))
