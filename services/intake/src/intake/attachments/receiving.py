"""Taking in a file: streamed to the disk, looked into, and made ready to be kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal

from intake.attachments.content import media_type_of
from intake.attachments.images import Picture, rewrite

BUFFER_BYTES = 1024 * 1024
MOST_AT_ONCE = 32
MOST_SECONDS = 300.0
PREFIX = "linli-upload-"

Kind = Literal["image", "document"]


class TooLargeError(Exception):
    """The file is larger than what is taken; ``most`` is the limit in bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} bytes are taken")
        self.most = most


class TooManyError(Exception):
    """As many files as can be taken come already."""


class TooSlowError(Exception):
    """The file did not come in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that may be kept. ``sha256`` is of what was sent, ``size`` of what is kept; ``picture`` of an image."""

    file: Path
    thumbnail: Path | None
    media_type: str
    size: int
    sha256: bytes
    picture: Picture | None

    @property
    def kind(self) -> Kind:
        """What front ends show it as."""
        return "image" if self.picture else "document"


class Receiver:
    """Takes in files, each of at most ``max_bytes`` and within five minutes, by way of ``folder``.

    A file takes a megabyte of memory while it comes. Pictures are decoded one at a time, which takes up to 300 MB.
    """

    def __init__(self, *, max_bytes: int, folder: Path | None = None) -> None:
        self._max_bytes = max_bytes
        self._folder = folder
        self._coming = asyncio.Semaphore(MOST_AT_ONCE)
        self._decoding = asyncio.Semaphore(1)

    @asynccontextmanager
    async def received(self, stream: AsyncIterator[bytes]) -> AsyncIterator[Received]:
        """Take in what is streamed; it lies on the disk until the end of the block.

        Raises:
            TooManyError: too many files come at this moment.
            TooSlowError: it did not come in time.
            TooLargeError: it is too large, told as soon as too much has come.
            UnknownContentError: its content is of no type that is taken.
            PictureError: it is a picture that cannot be used.
        """
        if self._coming.locked():
            raise TooManyError
        async with self._coming:
            if self._folder is not None:
                await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=PREFIX, dir=self._folder) as folder:
                yield await self._received(stream, folder)

    async def _received(self, stream: AsyncIterator[bytes], folder: str) -> Received:
        sent, file, thumbnail = Path(folder, "sent"), Path(folder, "file"), Path(folder, "thumbnail")
        try:
            async with asyncio.timeout(MOST_SECONDS):
                size, digest = await self._written(stream, sent)
        except TimeoutError:
            raise TooSlowError from None
        media_type = await asyncio.to_thread(media_type_of, sent)
        if not media_type.startswith("image/"):
            return Received(file=sent, thumbnail=None, media_type=media_type, size=size, sha256=digest, picture=None)
        async with self._decoding:
            picture = await asyncio.to_thread(rewrite, sent, file, thumbnail)
        return Received(
            file=file,
            thumbnail=thumbnail,
            media_type="image/jpeg",
            size=picture.size,
            sha256=digest,
            picture=picture,
        )

    async def _written(self, stream: AsyncIterator[bytes], path: Path) -> tuple[int, bytes]:
        digest, size, buffer = sha256(), 0, bytearray()
        with await asyncio.to_thread(_opened, path) as file:
            async for chunk in stream:
                size += len(chunk)
                if size > self._max_bytes:
                    raise TooLargeError(self._max_bytes)
                buffer += chunk
                if len(buffer) >= BUFFER_BYTES:
                    digest.update(buffer)
                    await asyncio.to_thread(file.write, bytes(buffer))
                    buffer.clear()
            digest.update(buffer)
            await asyncio.to_thread(file.write, bytes(buffer))
        return size, digest.digest()


def _opened(path: Path) -> BinaryIO:
    return path.open("wb")
