"""Encryption of what reporters leave for a call-back."""

import json
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from linli.chassis.cipher import Cipher


@dataclass(frozen=True, slots=True)
class Contact:
    """Who reported and how to reach them; its repr shows neither."""

    name: str | None
    phone_or_mail: str | None

    def __repr__(self) -> str:
        return "Contact(…)"


class ContactCipher:
    """Contacts, each encrypted for its issue."""

    def __init__(self, key: SecretStr) -> None:
        self._cipher = Cipher(key)

    def encrypt(self, issue_id: UUID, contact: Contact) -> bytes:
        """Return the contact, encrypted for the issue."""
        return self._cipher.encrypt(issue_id, json.dumps([contact.name, contact.phone_or_mail]).encode())

    def decrypt(self, issue_id: UUID, stored: bytes) -> Contact:
        """Return the contact that was encrypted for the issue.

        Raises:
            UnreadableError: it was not.
        """
        return Contact(*json.loads(self._cipher.decrypt(issue_id, stored)))
