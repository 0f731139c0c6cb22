"""What keeps addresses secret, recognises one that was given before, and proves that somebody has read something."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64Error
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from pydantic import SecretStr

from linli.chassis.cipher import Cipher
from linli.chassis.idempotency import IdempotencyKey

DIGITS = 6
NONCE_BYTES = 16
TAG_BYTES = 16


class ContactsOffError(Exception):
    """There is no key to keep addresses with, so nobody is told anything outside of the app."""


class ContactSecrets:
    """Addresses, each encrypted for its contact; without a key there are none."""

    def __init__(self, key: SecretStr | None) -> None:
        self._cipher = None if key is None else Cipher(key)

    @property
    def usable(self) -> bool:
        """Whether there is a key."""
        return self._cipher is not None

    def encrypt(self, contact_id: UUID, address: str) -> bytes:
        """Return an address, encrypted for its contact.

        Raises:
            ContactsOffError: there is no key.
        """
        return self._with_key().encrypt(contact_id, address.encode())

    def decrypt(self, contact_id: UUID, stored: bytes) -> str:
        """Return a stored address.

        Raises:
            ContactsOffError: there is no key.
            UnreadableError: it was encrypted with another one.
        """
        return self._with_key().decrypt(contact_id, stored).decode()

    def fingerprint(self, channel: str, address: str) -> bytes:
        """Return what is the same for the same address, and tells nobody without the key which it is.

        Raises:
            ContactsOffError: there is no key.
        """
        return self._tag(b"fingerprint", f"{channel}:{address}".encode())

    def keyed(self, key: IdempotencyKey) -> IdempotencyKey:
        """Return a request's key whose hash of the body tells nobody the address in it: there are few to try.

        Raises:
            ContactsOffError: there is no key.
        """
        return replace(key, body_sha256=self._tag(b"body", key.body_sha256))

    def code(self, contact_id: UUID, nonce: bytes) -> str:
        """Return the code that proves that an address is read by whoever gave it; it is stored nowhere.

        Raises:
            ContactsOffError: there is no key.
        """
        tag = self._tag(b"code", contact_id.bytes + nonce)
        return f"{int.from_bytes(tag[:8], 'big') % 10**DIGITS:0{DIGITS}}"

    def token(self, contact_id: UUID) -> str:
        """Return what ends the messages to an address for whoever shows it.

        Raises:
            ContactsOffError: there is no key.
        """
        tag = self._tag(b"unsubscribe", contact_id.bytes)[:TAG_BYTES]
        return urlsafe_b64encode(contact_id.bytes + tag).decode().rstrip("=")

    def contact_of(self, token: str) -> UUID | None:
        """Return the contact whose messages a token ends; None for what is no such token.

        Raises:
            ContactsOffError: there is no key.
        """
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (NoBase64Error, ValueError):
            raw = b""
        if len(raw) != NONCE_BYTES + TAG_BYTES:
            return None
        found = UUID(bytes=raw[:16])
        return found if hmac.compare_digest(self.token(found), token) else None

    def _tag(self, purpose: bytes, content: bytes) -> bytes:
        return hmac.digest(self._with_key().derived(b"notify/" + purpose), content, sha256)

    def _with_key(self) -> Cipher:
        if self._cipher is None:
            raise ContactsOffError
        return self._cipher


def new_nonce() -> bytes:
    """Return what makes a code unlike those before it."""
    return secrets.token_bytes(NONCE_BYTES)
