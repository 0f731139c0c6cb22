"""A person's own web server: an address is its URL and, after a space, the secret that posts are signed with."""

import json
from base64 import b64decode
from binascii import Error as NoBase64Error
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from notify.channels.answers import refuse
from notify.channels.port import AddressError, Letter, Outside, SendError, Taken, Traits
from notify.domain.filters import FilterError
from notify.domain.webhooks import require_url
from notify.posting import PostError
from notify.webhook_secrets import PREFIX, signed

GONE = {404, 410}
LEAST_SECRET_BYTES = 24


class WebhookSettings(BaseModel):
    """``plain`` allows http, where NOTIFY_WEBHOOK_NETWORKS allow the address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plain: bool = False


class Webhook:
    """Posts messages as JSON, signed as Standard Webhooks says where a secret was given."""

    traits = Traits(most_title=200, most_body=20_000)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = WebhookSettings.model_validate(settings)

    def normal(self, address: str) -> str:
        """Return the URL and the secret."""
        url, *rest = address.split()
        try:
            require_url(url, plain=self._settings.plain)
        except FilterError as error:
            raise AddressError(str(error)) from None
        if len(rest) > 1 or not all(_is_secret(one) for one in rest):
            raise AddressError(f"after the URL a secret may follow: {PREFIX} and base64 of 24 bytes or more")
        return " ".join((url, *rest))

    def masked(self, address: str) -> str:
        """Return the URL up to its path."""
        return "/".join(address.split(maxsplit=1)[0].split("/")[:3]) + "/…"

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Post a message to an address that is checked when it is connected to."""
        url, *rest = letter.address.split()
        said = {name: getattr(letter, name) for name in ("template", "language", "title", "body", "thread", "urgent")}
        body = json.dumps({"id": str(letter.id), **said}, ensure_ascii=False).encode()
        keys = [b64decode(one.removeprefix(PREFIX)) for one in rest]
        headers = signed(str(letter.id), body, keys, letter.at) if keys else {"webhook-id": str(letter.id)}
        try:
            answer = await outside.poster.post(url, body, headers, "application/json")
        except PostError as error:
            raise SendError(str(error)) from None
        refuse(answer.status, answer.retry_after, gone=GONE)
        return Taken()


def _is_secret(text: str) -> bool:
    try:
        raw = b64decode(text.removeprefix(PREFIX), validate=True)
    except (NoBase64Error, ValueError):
        return False
    return text.startswith(PREFIX) and len(raw) >= LEAST_SECRET_BYTES
