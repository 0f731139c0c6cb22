"""What standalone keeps between runs: one folder."""

import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from linli.chassis.issuer import LocalIssuer

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder's parts; what is secret is readable by its owner only."""

    root: Path

    @property
    def postgres(self) -> Path:
        """Where the embedded database lives."""
        return self.root / "postgres"

    @property
    def attachments(self) -> Path:
        """Where the files of issues are kept."""
        return self.root / "attachments"

    @property
    def issuer_key(self) -> Path:
        """The private key that tokens are signed with."""
        return self.root / "issuer.json"

    @property
    def jwks(self) -> Path:
        """The public keys that services check tokens with."""
        return self.root / "jwks.json"

    def issuer(self) -> LocalIssuer:
        """Return the issuer of tokens, made at the first run, its public key written beside it.

        Raises:
            IssuerError: the key file is not what it was.
        """
        issuer = LocalIssuer.load_or_create(self.issuer_key)
        issuer.write_jwks(self.jwks)
        return issuer

    def contact_key(self) -> str:
        """Return the key that reporters' contacts are encrypted with, made at the first run."""
        return self._key("contact.key")

    def webhook_key(self) -> str:
        """Return the key that the secrets of webhooks are encrypted with, made at the first run."""
        return self._key("webhook.key")

    def recipient_key(self) -> str:
        """Return the key that people are sealed with in events, made at the first run."""
        return self._key("recipient.key")

    def _key(self, name: str) -> str:
        path = self.root / name
        if not path.exists():
            # Moved when it is whole: a run that is cut short must not leave half a key.
            with NamedTemporaryFile("w", dir=self.root, delete=False) as file:
                file.write(urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())
            Path(file.name).rename(path)
        return path.read_text()


def open_folder(root: Path) -> DataFolder:
    """Return the data folder at ``root``, made when it is missing."""
    root.mkdir(parents=True, exist_ok=True)
    return DataFolder(root)
