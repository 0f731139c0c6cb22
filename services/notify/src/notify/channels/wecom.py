"""Group bots of WeCom (企业微信): an address is the key of a bot."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from notify.channels.answers import ask, require_code
from notify.channels.port import AddressError, Letter, Outside, Taken, Traits, masked_middle
from notify.domain.limits import Limit

KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
BUSY = {-1, 45009, 45033}
"""The system is busy, or the bot has said too much."""
NO_SUCH_BOT = {93000, 93008}


class WeComSettings(BaseModel):
    """``url`` is where bots are reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "https://qyapi.weixin.qq.com"


class WeCom:
    """Says messages as text, of which a bot takes 2,048 bytes, twenty a minute."""

    # Three bytes a character, and some for the line between.
    traits = Traits(most_title=60, most_body=600, each=(Limit(20, timedelta(minutes=1)),))

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = WeComSettings.model_validate(settings)

    def normal(self, address: str) -> str:
        """Return the key, also out of the whole URL that WeCom shows."""
        key = address.strip().rpartition("key=")[2]
        if not KEY.fullmatch(key):
            raise AddressError("it must be the key of a group bot")
        return key

    def masked(self, address: str) -> str:
        """Return the ends of the key."""
        return masked_middle(address)

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Let the bot say a message."""
        url = f"{self._settings.url}/cgi-bin/webhook/send?key={letter.address}"
        said = await ask(outside, url, {"msgtype": "text", "text": {"content": f"{letter.title}\n{letter.body}"}})
        require_code(said, "errcode", busy=BUSY, bad_address=NO_SUCH_BOT)
        return Taken()
