"""What notify can be told."""

from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """Nothing but what every service is told."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")
