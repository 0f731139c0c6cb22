"""The public keys of the identity provider (JWKS), fetched when needed and kept."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import unquote, urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

_LOG = structlog.get_logger("linli.auth")

FETCH_TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
RETRY_AFTER_S = 1.0
REFETCH_AFTER_S = 30.0
MAX_AGE_S = 600.0


class KeysUnavailableError(Exception):
    """No key set could be read yet; the message says why."""


class KeySource:
    """Keys by their id, from an ``https://``, ``http://`` or ``file://`` URL.

    An unknown id makes it look again, at most every 30 s, so that a stranger's tokens cannot make it hammer the
    provider. Keys older than ten minutes are read again; if that fails the old ones stay in use.
    While no key set has been read it tries at most once a second.
    """

    def __init__(self, url: str, clock: Callable[[], float] = monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._tried_at: float | None = None
        self._turn = asyncio.Lock()

    async def find(self, kid: str) -> Key | None:
        """Return the key with the id, or None when the provider publishes no such key.

        Raises:
            KeysUnavailableError: no key set has been read so far, and reading fails.
        """
        if self._is_due(kid):
            async with self._turn:
                if self._is_due(kid):
                    await self._refresh()
        if not self._keys:
            raise KeysUnavailableError("the key set has not been read")
        return self._keys.get(kid)

    def _is_due(self, kid: str) -> bool:
        if self._tried_at is None:
            return True
        return self._clock() - self._tried_at >= self._wait(kid)

    def _wait(self, kid: str) -> float:
        if not self._keys:
            return RETRY_AFTER_S
        return MAX_AGE_S if kid in self._keys else REFETCH_AFTER_S

    async def _refresh(self) -> None:
        try:
            self._keys = _public_keys(await self._read())
        except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError, JoseError) as error:
            _LOG.warning("cannot read the key set", reason=type(error).__name__)
        finally:
            self._tried_at = self._clock()

    async def _read(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(_read_file, Path(unquote(parts.path)))
        async with asyncio.timeout(FETCH_TIMEOUT_S), httpx.AsyncClient(timeout=FETCH_TIMEOUT_S) as client:
            return await _fetch(client, self._url)


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return _within_limit(file.read(MAX_BYTES + 1))


async def _fetch(client: httpx.AsyncClient, url: str) -> bytes:
    body = b""
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        async for chunk in response.aiter_bytes():
            body = _within_limit(body + chunk)
    return body


def _within_limit(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise ValueError(f"a key set over {MAX_BYTES} bytes")
    return body


def _public_keys(body: bytes) -> dict[str, Key]:
    keys = KeySet.import_key_set(json.loads(body)).keys
    return {key.kid: key for key in keys if key.kid and key.key_type != "oct" and key.get("use") in {None, "sig"}}
