"""Group bots of Feishu (飞书): an address is a bot's token and its secret."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict

from notify.channels.answers import ask, require_code
from notify.channels.bots import normal_pair, token_and_secret
from notify.channels.port import Letter, Outside, Taken, Traits, masked_middle
from notify.domain.limits import Limit

BUSY = {9499, 11232}
"""The bot has said too much."""
NO_SUCH_BOT = {19001}


class FeishuSettings(BaseModel):
    """``url`` is where bots are reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://open.feishu.cn"


class Feishu:
    """Says messages as text, five a second and a hundred a minute."""

    traits = Traits(
        most_title=100,
        most_body=4000,
        each=(Limit(5, timedelta(seconds=1)), Limit(100, timedelta(minutes=1))),
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = FeishuSettings.model_validate(settings)

    def normal(self, address: str) -> str:
        """Return the token and the secret, the token also out of the whole URL that Feishu shows."""
        return normal_pair(address, "/hook/")

    def masked(self, address: str) -> str:
        """Return the ends of the token."""
        return masked_middle(token_and_secret(address)[0])

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Let the bot say a message."""
        token, secret = token_and_secret(letter.address)
        body = {
            **(signature(secret, letter.at) if secret else {}),
            "msg_type": "text",
            "content": {"text": f"{letter.title}\n{letter.body}"},
        }
        said = await ask(outside, f"{self._settings.url}/open-apis/bot/v2/hook/{token}", body)
        require_code(said, "code", busy=BUSY, bad_address=NO_SUCH_BOT)
        return Taken()


def signature(secret: str, at: datetime) -> Mapping[str, str]:
    """Return what Feishu wants in the body: seconds, and an HMAC of nothing, keyed by them and the secret."""
    timestamp = str(int(at.timestamp()))
    tag = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", sha256)
    return {"timestamp": timestamp, "sign": b64encode(tag).decode()}
