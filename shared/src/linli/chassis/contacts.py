"""What people leave for a call-back: encrypted for the one thing that it is about."""

import json
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from linli.chassis.cipher import Cipher


@dataclass(frozen=True, slots=True)
class Contact:
    """Who to ask for and how to reach them; its repr shows neither."""

    name: str | None
    phone_or_mail: str | None

    def __repr__(self) -> str:
        return "Contact(…)"


class ContactCipher:
    """Contacts, each encrypted for what it is about: an issue, a wish."""

    def __init__(self, key: SecretStr) -> None:
        self._cipher = Cipher(key)

    def encrypt(self, about: UUID, contact: Contact) -> bytes:
        """Return the contact, encrypted for what it is about."""
        return self._cipher.encrypt(about, json.dumps([contact.name, contact.phone_or_mail]).encode())

    def decrypt(self, about: UUID, stored: bytes) -> Contact:
        """Return the contact that was encrypted for what it is about.

        Raises:
            UnreadableError: it was not.
        """
        return Contact(*json.loads(self._cipher.decrypt(about, stored)))
