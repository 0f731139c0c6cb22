"""What notify can be told."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from linli.chassis.cipher import CipherKey
from linli.chassis.settings import ServiceSettings
from linli.messaging.management import check_management_url
from notify.channels.loading import load_channels
from notify.domain.webhooks import Network


def _management_url(secret: SecretStr) -> SecretStr:
    check_management_url(secret.get_secret_value())
    return secret


def _channels(secret: SecretStr) -> SecretStr:
    load_channels(secret)
    return secret


def _public_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    return url.rstrip("/")


def _listed(value: object) -> object:
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value


class NotifySettings(ServiceSettings):
    """``management_url`` is RabbitMQ's management API, by which departments are given their accounts.

    Without it port 15672 on the host of ``amqp_url`` is tried. The account is that of ``amqp_url`` unless the URL names
    another. From ``digest_hour`` on, where the district is, departments find the digest of a working day in their
    inbox.

    ``webhook_key`` encrypts the secrets that webhooks are signed with: 32 bytes, URL-safe base64; without it there are
    no webhooks. ``webhook_networks`` are networks of one's own, separated by commas (``10.1.0.0/16``), which webhooks
    may go to besides the internet, and there over http too.

    ``recipient_key`` opens whom the events of volunteer name: the same as `VOLUNTEER_RECIPIENT_KEY`.

    ``channels`` are those outside of the app: a JSON object with the settings of each, as its file says. They need
    ``contact_key``, which encrypts the addresses of people: 32 bytes, URL-safe base64. ``public_url`` is where readers
    reach this service, for the links by which they unsubscribe.
    """

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    management_url: Annotated[SecretStr, AfterValidator(_management_url)] | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    webhook_key: CipherKey | None = None
    recipient_key: CipherKey | None = None
    webhook_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = ()
    channels: Annotated[SecretStr, AfterValidator(_channels)] | None = None
    contact_key: CipherKey | None = None
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
