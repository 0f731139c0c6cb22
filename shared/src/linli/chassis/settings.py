"""Settings of a service: environment variables with the prefix of the service, and nothing else."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from linli.messaging.consumer import USUAL, Pace
from linli.messaging.outbox_limit import MOST_ROWS
from linli.messaging.postgres_url import asyncpg_url

Role = Literal["all", "api", "worker"]
"""What one process does: serve the API, run consumers and relay, or both."""

EXIT_BAD_SETTINGS = 2


def _asyncpg_url(secret: SecretStr) -> SecretStr:
    return SecretStr(asyncpg_url(secret.get_secret_value()))


def _amqp_url(secret: SecretStr) -> SecretStr:
    if urlsplit(secret.get_secret_value()).scheme not in {"amqp", "amqps"}:
        raise ValueError("must begin with amqp:// or amqps://")
    return secret


def _key_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http", "file"} or not (parts.path or parts.netloc):
        raise ValueError("must begin with https://, http:// or file://")
    return url


def _root_path(path: str) -> str:
    path = path.rstrip("/")
    if path and not path.startswith("/"):
        raise ValueError("must begin with /")
    return path


ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    origins = [origin.strip() for origin in value.split(",") if origin.strip()]
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("must be origins such as https://app.example, in small letters, with commas between")
    return origins


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


GatherSeconds = Annotated[float, Field(ge=0, le=1)]


class ServiceSettings(BaseSettings):
    """What every service can be told; each service adds its own fields and its prefix.

    ``amqp_url`` may be absent only where whoever composes the service gives it another transport.
    Pages of ``cors_origins`` may call the API from a browser; no others may.
    ``database_url`` is given as ``postgresql://...`` and kept in the form that the asyncpg driver takes. Sizes are in
    bytes, times in seconds.
    """

    model_config = SettingsConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    database_url: Annotated[SecretStr, AfterValidator(_asyncpg_url)]
    amqp_url: Annotated[SecretStr, AfterValidator(_amqp_url)] | None = None
    oidc_issuer: Annotated[str, Field(min_length=1)]
    oidc_audience: Annotated[str, Field(min_length=1)] = "linli"
    oidc_jwks_url: Annotated[str, AfterValidator(_key_url)]
    root_path: Annotated[str, AfterValidator(_root_path)] = ""
    host: str = "0.0.0.0"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    role: Role = "all"
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = ()
    district_dir: Path | None = None
    max_body_bytes: Annotated[int, Field(ge=1)] = 1_000_000
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 10
    consumer_prefetch: Annotated[int, Field(ge=1, le=65535)] = USUAL.prefetch
    consumer_batch: Annotated[int, Field(ge=1, le=1000)] = USUAL.batch
    consumer_concurrency: Annotated[int, Field(ge=1, le=16)] = USUAL.concurrency
    consumer_gather_s: GatherSeconds = 0.05
    outbox_max_rows: Annotated[int, Field(ge=1)] = MOST_ROWS
    shutdown_grace_s: Annotated[float, Field(gt=0, le=600)] = 20.0

    @property
    def pace(self) -> Pace:
        """How much the consumer takes."""
        return Pace(self.consumer_prefetch, self.consumer_batch, self.consumer_concurrency, self.consumer_gather_s)


Settings = TypeVar("Settings", bound=ServiceSettings)


def load_settings(cls: type[Settings]) -> Settings:
    """Return the settings that the environment gives.

    An unknown variable with the prefix of the service, a missing or an invalid one ends the process with status 2;
    standard error names each and says why, and repeats no value.
    """
    prefix = cls.model_config.get("env_prefix", "")
    unknown = _unknown_variables(cls, prefix)
    if unknown:
        refuse([f"{name}: no such setting" for name in unknown])
    try:
        return cls()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        refuse([f"{_variable(prefix, fault['loc'])}: {fault['msg']}" for fault in faults])
    except SettingsError as error:
        refuse([f"{prefix}*: {error}"])


def amqp_url(settings: ServiceSettings) -> str:
    """Return the URL of the broker; without one the process ends as for any missing setting."""
    if settings.amqp_url is None:
        refuse([f"{settings.model_config.get('env_prefix', '')}AMQP_URL: Field required"])
    return settings.amqp_url.get_secret_value()


def _unknown_variables(cls: type[ServiceSettings], prefix: str) -> list[str]:
    known = {f"{prefix}{field}".upper() for field in cls.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(prefix.upper()) and name.upper() not in known)


def _variable(prefix: str, loc: tuple[int | str, ...]) -> str:
    return f"{prefix}{loc[0]}".upper() if loc else f"{prefix}*"


def refuse(reasons: list[str]) -> NoReturn:
    """Say what is wrong with the settings, one reason a line, and end the process with status 2."""
    print(*reasons, sep="\n", file=sys.stderr)  # noqa: T201 - the operator reads it, there is no log yet
    raise SystemExit(EXIT_BAD_SETTINGS)
