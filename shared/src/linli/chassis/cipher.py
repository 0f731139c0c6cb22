"""Encryption of single values that a service keeps and few may read."""

import secrets
from base64 import urlsafe_b64decode
from typing import Annotated
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AfterValidator, SecretStr

KEY_BYTES = 32
NONCE_BYTES = 12


class CipherKeyError(ValueError):
    """The key is not 32 bytes in URL-safe base64; the message quotes nothing of it."""


class UnreadableError(Exception):
    """The stored value was encrypted with another key, or for another owner, or was changed."""


class Cipher:
    """AES-256-GCM, bound to the owner of a value: a row that is copied to another owner cannot be read there."""

    def __init__(self, key: SecretStr) -> None:
        secret = key.get_secret_value()
        try:
            raw = urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise CipherKeyError(f"must be {KEY_BYTES} bytes in URL-safe base64")
        self._key = raw
        self._cipher = AESGCM(raw)

    def derived(self, purpose: bytes) -> bytes:
        """Return another key of 32 bytes, which tells nothing of this one, for another purpose."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(self._key)

    def encrypt(self, owner: UUID, plain: bytes) -> bytes:
        """Return the value, encrypted for its owner."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, owner.bytes)

    def decrypt(self, owner: UUID, stored: bytes) -> bytes:
        """Return the value that was encrypted for the owner.

        Raises:
            UnreadableError: it was not.
        """
        try:
            return self._cipher.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], owner.bytes)
        except (InvalidTag, ValueError):
            raise UnreadableError("what is stored for this owner cannot be decrypted") from None


def _usable(key: SecretStr) -> SecretStr:
    Cipher(key)
    return key


CipherKey = Annotated[SecretStr, AfterValidator(_usable)]
"""A setting that is the key of a cipher: 32 bytes, URL-safe base64."""
