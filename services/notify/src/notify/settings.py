"""What notify can be told."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings
from linli.messaging.management import check_management_url


def _management_url(secret: SecretStr) -> SecretStr:
    check_management_url(secret.get_secret_value())
    return secret


class NotifySettings(ServiceSettings):
    """``management_url`` is RabbitMQ's management API, by which departments are given their accounts.

    Without it port 15672 on the host of ``amqp_url`` is tried. The account is that of ``amqp_url`` unless the URL names
    another.
    """

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    management_url: Annotated[SecretStr, AfterValidator(_management_url)] | None = None
