"""What routing can be told."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import GatherSeconds, ServiceSettings
from routing.domain.rulebook import HOP_LIMIT


class RoutingSettings(ServiceSettings):
    """``grid_max_bytes`` bounds a grid or a catalogue that is imported, in place of ``max_body_bytes``.

    After ``hop_limit`` changes of owner the next one of a case is the top unit's. Events are not gathered: the others
    wait for what routing decides.
    """

    model_config = SettingsConfigDict(env_prefix="ROUTING_")

    consumer_gather_s: GatherSeconds = 0.0
    grid_max_bytes: Annotated[int, Field(ge=1)] = 32_000_000
    hop_limit: Annotated[int, Field(ge=1, le=100)] = HOP_LIMIT
