"""What routing can be told."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    """``grid_max_bytes`` bounds a grid or a catalogue that is imported, in place of ``max_body_bytes``."""

    model_config = SettingsConfigDict(env_prefix="ROUTING_")

    grid_max_bytes: Annotated[int, Field(ge=1)] = 32_000_000
