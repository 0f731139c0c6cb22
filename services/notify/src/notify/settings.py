"""What notify can be told."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """From ``digest_hour`` on, where the district is, departments find the digest of a working day in their inbox."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
