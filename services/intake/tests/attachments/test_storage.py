"""A folder and a bucket keep files alike."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from intake.attachments.s3 import BucketStorage
from intake.attachments.storage import FolderStorage, MissingFileError, Storage, StorageError


async def content(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key)])


async def keys(storage: Storage) -> set[str]:
    return {stored.key async for stored in storage.stored()}


async def test_what_is_kept_is_read_listed_replaced_and_forgotten(storage: Storage, tmp_path: Path) -> None:
    source, large = tmp_path / "source", os.urandom(700_000)
    source.write_bytes(large)
    assert await keys(storage) == set()
    await storage.put("ab/one.file", source)
    source.write_bytes(b"small")
    await storage.put("cd/two.file", source)
    assert (await content(storage, "ab/one.file"), await content(storage, "cd/two.file")) == (large, b"small")
    await storage.put("ab/one.file", source)
    assert await content(storage, "ab/one.file") == b"small"
    assert await keys(storage) == {"ab/one.file", "cd/two.file"}
    [first, *_] = [stored async for stored in storage.stored()]
    assert abs(datetime.now(UTC) - first.since) < timedelta(minutes=1)
    for _ in range(2):
        await storage.delete("ab/one.file")
    assert await keys(storage) == {"cd/two.file"}


async def test_what_is_not_kept_is_missing(storage: Storage) -> None:
    with pytest.raises(MissingFileError):
        await content(storage, "ab/none.file")


async def test_a_file_of_several_parts_is_kept_whole(bucket: BucketStorage, tmp_path: Path) -> None:
    source, large = tmp_path / "source", os.urandom(9_000_000)
    source.write_bytes(large)
    await bucket.put("ab/large.file", source)
    assert await content(bucket, "ab/large.file") == large


async def test_a_store_that_fails_says_so_and_tells_nothing(tmp_path: Path, s3_url: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    no_folder = FolderStorage(source / "beneath-a-file")
    no_bucket = BucketStorage(
        bucket=f"none-{uuid4().hex}", endpoint=s3_url, region="us-east-1", access_key="test", secret_key="test"
    )
    for storage in (no_folder, no_bucket):
        with pytest.raises(StorageError):
            await storage.put("ab/one.file", source)
    with pytest.raises(StorageError):
        await content(no_folder, "ab/one.file")


async def test_nothing_unfinished_is_left_when_the_disk_fails(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "kept")
    with pytest.raises(StorageError):
        await storage.put("ab/one.file", tmp_path / "no-such-source")
    assert await keys(storage) == set()
