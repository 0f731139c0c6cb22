"""Web Push (RFC 8030, 8188, 8291, 8292): an address is the subscription that a browser gives, as JSON."""

import json
from base64 import urlsafe_b64decode
from binascii import Error as NoBase64Error
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from py_vapid import Vapid02, VapidException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pywebpush import WebPusher

from notify.channels.answers import refuse
from notify.channels.port import AddressError, Letter, Outside, SendError, Taken, Traits
from notify.domain.filters import FilterError
from notify.domain.webhooks import require_url
from notify.posting import PostError

GONE = {404, 410}
TTL_S = 24 * 3600
"""How long the push service keeps a message for a browser that is away."""

TOKEN_S = 12 * 3600
KEY_BYTES = {"p256dh": 65, "auth": 16}
UNCOMPRESSED = 4


def _key(secret: SecretStr) -> SecretStr:
    try:
        Vapid02.from_string(secret.get_secret_value())
    except (VapidException, ValueError, TypeError):
        raise ValueError("it is no private key of P-256") from None
    return secret


class WebPushSettings(BaseModel):
    """``vapid_key`` is a private key of P-256, URL-safe base64, and ``contact`` how push services reach the operator.

    ``plain`` allows http, where NOTIFY_WEBHOOK_NETWORKS allow the address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    vapid_key: Annotated[SecretStr, AfterValidator(_key)]
    contact: Annotated[str, Field(pattern=r"^(mailto:|https://)")]
    plain: bool = False


class WebPush:
    """Encrypts messages for a browser and hands them to its push service."""

    # A push service takes 4,096 bytes at least; three for a character, and some for all else.
    traits = Traits(most_title=100, most_body=900)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = WebPushSettings.model_validate(settings)
        self._vapid = Vapid02.from_string(self._settings.vapid_key.get_secret_value())

    def normal(self, address: str) -> str:
        """Return endpoint and keys of a subscription."""
        try:
            given = json.loads(address)
            endpoint, keys = given["endpoint"], {name: given["keys"][name] for name in KEY_BYTES}
            raw = {name: urlsafe_b64decode(key + "=" * (-len(key) % 4)) for name, key in keys.items()}
            require_url(endpoint, plain=self._settings.plain)
        except (FilterError, KeyError, TypeError, ValueError, NoBase64Error):
            raise AddressError("it is no subscription of a browser: endpoint and keys, with an https URL") from None
        if any(len(raw[name]) != size for name, size in KEY_BYTES.items()) or raw["p256dh"][0] != UNCOMPRESSED:
            raise AddressError("its keys are none of Web Push")
        return json.dumps({"endpoint": endpoint, "keys": keys}, sort_keys=True)

    def masked(self, address: str) -> str:
        """Return the host of the push service."""
        return f"{urlsplit(json.loads(address)['endpoint']).hostname}/…"

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Post an encrypted message to the push service, whose address is checked when it is connected to."""
        subscription = json.loads(letter.address)
        said = {"id": str(letter.id), "title": letter.title, "body": letter.body, "thread": letter.thread}
        try:
            sealed: bytes = WebPusher(subscription).encode(json.dumps(said, ensure_ascii=False).encode())["body"]
        except ValueError:
            raise SendError("its key is no point of the curve", bad_address=True) from None
        headers = {
            **self._authorization(subscription["endpoint"], letter),
            "content-encoding": "aes128gcm",
            "ttl": str(TTL_S),
            "urgency": "high" if letter.urgent else "normal",
        }
        try:
            answer = await outside.poster.post(subscription["endpoint"], sealed, headers, "application/octet-stream")
        except PostError as error:
            raise SendError(str(error)) from None
        refuse(answer.status, answer.retry_after, gone=GONE)
        return Taken()

    def _authorization(self, endpoint: str, letter: Letter) -> Mapping[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(letter.at.timestamp()) + TOKEN_S,
            "sub": self._settings.contact,
        }
        signed: Mapping[str, str] = self._vapid.sign(claims)
        return {"authorization": signed["Authorization"]}
