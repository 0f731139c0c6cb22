"""What intake can be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import NoDecode, SettingsConfigDict

from linli.chassis.cipher import CipherKey
from linli.chassis.settings import ServiceSettings
from linli.contracts import Slug

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


def _web(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    return url


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("must be name=hash, with commas between")
    if len({name for name, _, _ in pairs}) < len(pairs):
        raise ValueError("names a front end twice")
    return {name: key for name, _, key in pairs}


class IntakeSettings(ServiceSettings):
    """``contact_key`` encrypts what reporters leave for call-backs: 32 bytes, URL-safe base64.

    ``open311_keys`` has by the name of a front end the SHA-256 of its api_key in hexadecimal digits, as
    ``name=hash,name=hash``. ``open311_contact`` is told to whoever asks for help or a key; requests to another
    ``open311_jurisdiction`` are refused, where one is set.

    Files come in by way of the folder ``upload_dir``, which is the system's own where none is named, and are kept in
    the folder ``storage_dir`` or, where it is named, in the bucket ``s3_bucket``, with its keys and,
    where it is none of Amazon's, its ``s3_endpoint``.
    """

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    contact_key: CipherKey
    upload_dir: Path | None = None
    storage_dir: Path = Path("attachments")
    s3_bucket: str = ""
    s3_endpoint: Annotated[str, AfterValidator(_web)] = ""
    s3_region: Annotated[str, Field(min_length=1)] = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    attachment_max_bytes: Annotated[int, Field(ge=1, le=1_000_000_000)] = 20_000_000
    open311_keys: Annotated[Mapping[Slug, Sha256], NoDecode, BeforeValidator(_pairs)] = Field(default={}, repr=False)
    open311_jurisdiction: Annotated[str, Field(max_length=200)] = ""
    open311_contact: Annotated[str, Field(max_length=500)] = ""
