"""Where files are kept: a port, and a folder that is one."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol
from uuid import uuid4

CHUNK_BYTES = 256 * 1024
_BATCH = 1000
_UNFINISHED = ".part"


class MissingFileError(Exception):
    """Nothing is kept under this key."""


class StorageError(Exception):
    """What keeps the files does not answer, or has no room."""


@contextmanager
def failing_on(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into a `StorageError` that says their kind and nothing of what they tell."""
    try:
        yield
    except kinds as error:
        raise StorageError(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is kept, and since when."""

    key: str
    since: datetime


class Storage(Protocol):
    """Keeps files under keys that we make: lower-case letters, digits, hyphens, dots and slashes.

    Each call raises `StorageError` when it cannot do what it is for.
    """

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of ``source``, whole or not at all; one that is kept under the key already is replaced."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield the content in pieces.

        Raises:
            MissingFileError: nothing is kept under the key.
        """

    async def delete(self, key: str) -> None:
        """Forget a file; one that is not there is fine."""

    def stored(self) -> AsyncIterator[Stored]:
        """Yield all that is kept, in no order."""


class FolderStorage:
    """A folder of the machine, made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of ``source``; it appears under its key once it is on the disk."""
        with failing_on(OSError):
            await asyncio.to_thread(_copy, source, self._folder / key)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield the content in pieces.

        Raises:
            MissingFileError: nothing is kept under the key.
        """
        try:
            with failing_on(PermissionError, IsADirectoryError, NotADirectoryError):
                file = await asyncio.to_thread((self._folder / key).open, "rb")
        except FileNotFoundError:
            raise MissingFileError(key) from None
        with file, failing_on(OSError):
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk

    async def delete(self, key: str) -> None:
        """Forget a file."""
        with failing_on(OSError):
            await asyncio.to_thread((self._folder / key).unlink, missing_ok=True)

    async def stored(self) -> AsyncIterator[Stored]:
        """Yield all that is kept, also what was never finished."""
        found = _walk(self._folder)
        while batch := await asyncio.to_thread(lambda: list(islice(found, _BATCH))):
            for one in batch:
                yield one


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{uuid4().hex}{_UNFINISHED}")
    try:
        with source.open("rb") as reading, unfinished.open("xb") as writing:
            shutil.copyfileobj(reading, writing, CHUNK_BYTES)
            writing.flush()
            os.fsync(writing.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _walk(folder: Path) -> Iterator[Stored]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            try:
                since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue
            yield Stored(path.relative_to(folder).as_posix(), since)
