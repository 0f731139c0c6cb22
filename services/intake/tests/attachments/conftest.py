"""A bucket of a real S3 server, and intake with a folder for files."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from fastapi import FastAPI
from moto.server import ThreadedMotoServer

from intake.attachments.s3 import BucketStorage
from intake.attachments.storage import FolderStorage, Storage
from intake.settings import IntakeSettings


@pytest.fixture
def settings(standing_settings: IntakeSettings) -> IntakeSettings:
    return standing_settings


@pytest.fixture
def bus_url(standing_bus_url: str) -> str:
    return standing_bus_url


@pytest.fixture
async def app(emptied_app: FastAPI, standing_settings: IntakeSettings) -> FastAPI:
    shutil.rmtree(standing_settings.storage_dir, ignore_errors=True)
    return emptied_app


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_url: str) -> BucketStorage:
    name, keys = f"linli-{uuid4().hex}", {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1", **keys).create_bucket(Bucket=name)
    return BucketStorage(bucket=name, endpoint=s3_url, region="us-east-1", access_key="test", secret_key="test")


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "kept")
    bucket: BucketStorage = request.getfixturevalue("bucket")
    return bucket
