"""What routing can be told."""

from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    """Nothing beyond what every service is told."""

    model_config = SettingsConfigDict(env_prefix="ROUTING_")
