"""What volunteer can be told."""

from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings


class VolunteerSettings(ServiceSettings):
    """Volunteer needs nothing beyond what every service does."""

    model_config = SettingsConfigDict(env_prefix="VOLUNTEER_")
