"""Bearer tokens of an OpenID Connect provider, and who may call what."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from time import time
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linli.chassis.keys import KeySource, KeysUnavailableError
from linli.chassis.principal import Principal as Principal
from linli.chassis.problems import ProblemError, unavailable_problem

ALGORITHMS = ("RS256", "ES256", "Ed25519")
"""Signatures that are accepted; never one with a shared secret. ("EdDSA" is the deprecated name, RFC 9864.)"""

LEEWAY_S = 30
CACHE_SIZE = 4096
CACHE_S = 60.0
MAX_TOKEN_CHARS = 8192

_Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=200)]


class _Claims(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sub: Annotated[str, Field(min_length=1, max_length=255)]
    exp: float
    name: Annotated[str, Field(max_length=200)] = ""
    roles: _Words = []
    areas: _Words = []
    department: Annotated[str, Field(max_length=64)] | None = None
    language: Annotated[str, Field(max_length=35)] | None = None

    def principal(self) -> Principal:
        return Principal(
            self.sub, self.name or self.sub, frozenset(self.roles), tuple(self.areas), self.department, self.language
        )


class Authenticator:
    """Turns a bearer token into a `Principal`: signature, issuer, audience, expiry and not-before are checked.

    A verified token is remembered for at most a minute and never past its expiry, which spares the signature check.
    """

    def __init__(self, issuer: str, audience: str, jwks_url: str, clock: Callable[[], float] = time) -> None:
        self._keys = KeySource(jwks_url)
        self._clock = clock
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._verified: dict[bytes, tuple[float, Principal]] = {}

    async def authenticate(self, token: str) -> Principal:
        """Return the principal that ``token`` speaks for.

        Raises:
            ProblemError: 401 for a token that is malformed, forged, foreign, expired or not yet valid; 503 when the
                provider's keys have never been read.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise unauthorized("The token is too long.")
        fingerprint = sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(fingerprint)
        if known is not None and known[0] > self._clock():
            return known[1]
        claims = await self._verify(token)
        self._remember(fingerprint, claims.exp, claims.principal())
        return self._verified[fingerprint][1]

    async def _verify(self, token: str) -> _Claims:
        try:
            key = await self._keys.find(_key_id(token))
            if key is None:
                raise unauthorized("The token is signed with an unknown key.")
            claims = jwt.decode(token, key, ALGORITHMS).claims
            self._registry.validate(claims)
            return _Claims.model_validate(claims)
        except ExpiredTokenError:
            raise unauthorized("The token has expired.") from None
        except (JoseError, ValidationError, ValueError, TypeError, RecursionError):
            raise unauthorized("The token is not valid here.") from None
        except KeysUnavailableError as error:
            raise unavailable_problem("identity provider") from error

    def _remember(self, fingerprint: bytes, expires: float, principal: Principal) -> None:
        while len(self._verified) >= CACHE_SIZE:
            del self._verified[next(iter(self._verified))]
        # Removed first, so that the newest stands last and the oldest goes first.
        self._verified.pop(fingerprint, None)
        self._verified[fingerprint] = (min(expires + LEEWAY_S, self._clock() + CACHE_S), principal)


def _key_id(token: str) -> str:
    segment = token.partition(".")[0]
    header = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    kid = header.get("kid") if isinstance(header, dict) else None
    if not isinstance(kid, str):
        raise unauthorized("The token does not name its key.")
    return kid


def unauthorized(detail: str | None = None) -> ProblemError:
    """Return the 401 problem; without ``detail`` no token was given."""
    challenge = "Bearer" if detail is None else 'Bearer error="invalid_token"'
    return ProblemError(
        401, "unauthorized", "A valid bearer token is needed", detail, headers={"WWW-Authenticate": challenge}
    )


def forbidden(detail: str) -> ProblemError:
    """Return the 403 problem."""
    return ProblemError(403, "forbidden", "The caller may not do this", detail)


def require_area(principal: Principal, area_path: str) -> None:
    """Refuse a caller none of whose areas covers ``area_path``.

    Raises:
        ProblemError: 403.
    """
    if not principal.covers(area_path):
        raise forbidden("The area lies outside of the caller's areas.")


REQUIRED, OPTIONAL = "HTTPBearer", "MaybeBearer"
"""What OpenAPI documents call a token that is needed, and one that may be there until `described` says so."""

_MAYBE = HTTPBearer(bearerFormat="JWT", auto_error=False, scheme_name=OPTIONAL)
_NEEDED = HTTPBearer(bearerFormat="JWT", auto_error=False, scheme_name=REQUIRED)


async def maybe_caller(
    request: Request, _credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_MAYBE)]
) -> Principal | None:
    """Return the caller, or None when the request carries no credentials; wrong ones are refused all the same."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("The Authorization header holds no bearer token.")
    authenticator: Authenticator = request.app.state.runtime.authenticator
    return await authenticator.authenticate(token.strip())


MaybeCaller = Annotated[Principal | None, Depends(maybe_caller)]
"""The caller, or None for somebody without a token, as a parameter of a route."""


async def caller(
    principal: MaybeCaller, _credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_NEEDED)] = None
) -> Principal:
    """Return the caller; refuse a request without a token."""
    if principal is None:
        raise unauthorized()
    return principal


Caller = Annotated[Principal, Depends(caller)]
"""The caller, as a parameter of a route that needs one."""


def require(*roles: str) -> Callable[[Principal], Awaitable[Principal]]:
    """Return a dependency that yields a caller with at least one of ``roles`` and refuses others with 403."""

    async def caller_with_role(principal: Caller) -> Principal:
        if not principal.has_role(*roles):
            raise forbidden(f"One of these roles is needed: {', '.join(roles)}.")
        return principal

    return caller_with_role
