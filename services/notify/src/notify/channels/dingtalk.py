"""Group bots of DingTalk (钉钉): an address is a bot's token and its secret."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from notify.channels.answers import ask, require_code
from notify.channels.bots import normal_pair, token_and_secret
from notify.channels.port import Letter, Outside, Taken, Traits, masked_middle
from notify.domain.limits import Limit

BUSY = {-1, 130101, 410100}
"""The system is busy, or the bot has said too much."""
NO_SUCH_BOT = {300001, 300005}


class DingTalkSettings(BaseModel):
    """``url`` is where bots are reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://oapi.dingtalk.com"


class DingTalk:
    """Says messages as text, twenty a minute."""

    traits = Traits(most_title=100, most_body=4000, each=(Limit(20, timedelta(minutes=1)),))

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = DingTalkSettings.model_validate(settings)

    def normal(self, address: str) -> str:
        """Return the token and the secret, the token also out of the whole URL that DingTalk shows."""
        return normal_pair(address, "access_token=")

    def masked(self, address: str) -> str:
        """Return the ends of the token."""
        return masked_middle(token_and_secret(address)[0])

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Let the bot say a message."""
        token, secret = token_and_secret(letter.address)
        query = {"access_token": token, **(signature(secret, letter.at) if secret else {})}
        body = {"msgtype": "text", "text": {"content": f"{letter.title}\n{letter.body}"}}
        said = await ask(outside, f"{self._settings.url}/robot/send?{urlencode(query)}", body)
        require_code(said, "errcode", busy=BUSY, bad_address=NO_SUCH_BOT)
        return Taken()


def signature(secret: str, at: datetime) -> Mapping[str, str]:
    """Return what DingTalk wants in the query: milliseconds, and an HMAC of them and the secret, keyed by it."""
    timestamp = str(int(at.timestamp() * 1000))
    tag = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), sha256)
    return {"timestamp": timestamp, "sign": b64encode(tag).decode()}
