"""Files in a bucket of S3, or of anything that speaks like it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from intake.attachments.storage import CHUNK_BYTES, MissingFileError, Stored, failing_on

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
ATTEMPTS = 3

_ONE_THREAD = TransferConfig(use_threads=False)
_FAILURES = (Boto3Error, BotoCoreError, ClientError)


class BucketStorage:
    """A bucket that is there already. The client's calls block, so each goes through a thread."""

    def __init__(self, *, bucket: str, endpoint: str | None, region: str, access_key: str, secret_key: str) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            ),
        )

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of ``source``, a large one in several parts."""
        with failing_on(*_FAILURES):
            await asyncio.to_thread(self._client.upload_file, str(source), self._bucket, key, Config=_ONE_THREAD)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield the content in pieces.

        Raises:
            MissingFileError: nothing is kept under the key.
        """
        with failing_on(*_FAILURES):
            try:
                answer = await asyncio.to_thread(self._client.get_object, Bucket=self._bucket, Key=key)
            except self._client.exceptions.NoSuchKey:
                raise MissingFileError(key) from None
        body = answer["Body"]
        try:
            with failing_on(*_FAILURES):
                while chunk := await asyncio.to_thread(body.read, CHUNK_BYTES):
                    yield chunk
        finally:
            body.close()

    async def delete(self, key: str) -> None:
        """Forget a file."""
        with failing_on(*_FAILURES):
            await asyncio.to_thread(self._client.delete_object, Bucket=self._bucket, Key=key)

    async def stored(self) -> AsyncIterator[Stored]:
        """Yield all that is kept."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket))
        with failing_on(*_FAILURES):
            while page := await asyncio.to_thread(next, pages, None):
                for one in page.get("Contents", ()):
                    yield Stored(one["Key"], one["LastModified"])
