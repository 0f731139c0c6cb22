"""What notify can be told."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings
from linli.messaging.management import check_management_url


def _management_url(secret: SecretStr) -> SecretStr:
    check_management_url(secret.get_secret_value())
    return secret


class NotifySettings(ServiceSettings):
    """``management_url`` is RabbitMQ's management API, by which departments are given their accounts.

    Without it port 15672 on the host of ``amqp_url`` is tried. The account is that of ``amqp_url`` unless the URL names
    another. From ``digest_hour`` on, where the district is, departments find the digest of a working day in their
    inbox.
    """

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    management_url: Annotated[SecretStr, AfterValidator(_management_url)] | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
