"""People in events: sealed, so that only the service that tells them can see who they are."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from pydantic import SecretStr

from linli.chassis.cipher import Cipher, UnreadableError


class Sealer:
    """Seals and opens subjects of tokens, each for the one thing that its event is about.

    Whoever publishes and whoever tells have the same key; without one nobody is named, and nobody told. The same
    person is sealed differently each time: what somebody does cannot be gathered from the events.
    """

    def __init__(self, key: SecretStr | None) -> None:
        self._cipher = None if key is None else Cipher(key)

    def seal(self, about: UUID, subject: str | None) -> str | None:
        """Return the subject as an event may carry it; None for nobody, or without a key."""
        if subject is None or self._cipher is None:
            return None
        return urlsafe_b64encode(self._cipher.encrypt(about, subject.encode())).decode().rstrip("=")

    def open(self, about: UUID, sealed: str) -> str:
        """Return the subject that was sealed for what an event is about.

        Raises:
            UnreadableError: it was sealed with another key or for something else, or there is no key here.
        """
        if self._cipher is None:
            raise UnreadableError("no key was given that opens whom the event names")
        return self._cipher.decrypt(about, urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))).decode()
