"""An issuer of tokens for embedded use, compose and tests, where no identity provider runs."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ISSUER = "https://linli.example/local-issuer"
AUDIENCE = "linli"


class IssuerError(Exception):
    """The key file cannot be used; the message names the file and quotes nothing of it."""


class LocalIssuer:
    """Signs tokens with a key of its own (ES256)."""

    def __init__(self, key: ECKey, *, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        key.ensure_kid()
        self._key = key
        self.issuer = issuer
        self.audience = audience

    @classmethod
    def load_or_create(cls, path: Path, *, issuer: str = ISSUER, audience: str = AUDIENCE) -> "LocalIssuer":
        """Return the issuer whose private key is in ``path``; a missing file is made, readable by its owner only.

        Raises:
            IssuerError: the file holds no such key, or others may read it.
        """
        if not path.exists():
            _create(path)
        return cls(_load(path), issuer=issuer, audience=audience)

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def write_jwks(self, path: Path) -> None:
        """Write the public key set to ``path``, for services that are given its ``file://`` URL."""
        _write_whole(path, json.dumps(self.jwks()), 0o644).replace(path)

    def mint(
        self,
        subject: str,
        *,
        name: str,
        roles: Iterable[str] = (),
        areas: Iterable[str] = (),
        department: str | None = None,
        language: str | None = None,
        lifetime: timedelta = timedelta(hours=8),
    ) -> str:
        """Return a token for ``subject`` that is valid from now on for ``lifetime``."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "name": name,
            "roles": list(roles),
            "areas": list(areas),
            "department": department,
            "language": language,
        }
        given = {claim: value for claim, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, given, self._key)


def _create(path: Path) -> None:
    key = ECKey.generate_key("P-256", auto_kid=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = _write_whole(path, json.dumps(key.as_dict(private=True)), 0o600)
    try:
        # Fails when another process was first: its key is then the one that counts.
        os.link(whole, path)
    except FileExistsError:
        return
    finally:
        whole.unlink()


def _write_whole(path: Path, content: str, mode: int) -> Path:
    with NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
    return Path(file.name)


def _load(path: Path) -> ECKey:
    if path.stat().st_mode & 0o077:
        raise IssuerError(f"{path} must be readable by its owner only (chmod 600)")
    try:
        key = ECKey.import_key(json.loads(path.read_text()))
    except (ValueError, TypeError, JoseError):
        raise IssuerError(f"{path} holds no key") from None
    if not key.is_private:
        raise IssuerError(f"{path} holds no private key")
    return key
