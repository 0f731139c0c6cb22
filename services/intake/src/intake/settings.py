"""What intake can be told."""

from pydantic_settings import SettingsConfigDict

from linli.chassis.cipher import CipherKey
from linli.chassis.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """``contact_key`` encrypts what reporters leave for call-backs: 32 bytes, URL-safe base64."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    contact_key: CipherKey
