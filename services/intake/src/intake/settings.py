"""What intake can be told."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from intake.contacts import ContactCipher
from linli.chassis.settings import ServiceSettings


def _usable(key: SecretStr) -> SecretStr:
    ContactCipher(key.get_secret_value())
    return key


class IntakeSettings(ServiceSettings):
    """``contact_key`` encrypts what reporters leave for call-backs: 32 bytes, URL-safe base64."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    contact_key: Annotated[SecretStr, AfterValidator(_usable)]
