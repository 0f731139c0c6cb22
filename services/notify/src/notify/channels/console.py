"""A channel for development: messages are written into the log, where whoever runs the suite reads them."""

from collections.abc import Mapping
from typing import Any

import structlog

from notify.channels.port import AddressError, Letter, Outside, Taken, Traits

MOST_ADDRESS = 60

log = structlog.get_logger()


class Console:
    """Takes any short address; it is for names that are made up, and shows all that it is sent."""

    traits = Traits(most_title=200, most_body=5000)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        if settings:
            raise ValueError("console: there is nothing to set")

    def normal(self, address: str) -> str:
        """Return the address without spaces around it."""
        if not address.strip() or len(address) > MOST_ADDRESS or not address.isprintable():
            raise AddressError(f"it must be of 1 to {MOST_ADDRESS} visible characters")
        return address.strip()

    def masked(self, address: str) -> str:
        """Return the whole address: it is nobody's."""
        return address

    async def send(self, letter: Letter, outside: Outside) -> Taken:  # noqa: ARG002 - it stays inside
        """Write a message into the log."""
        # At a level that is shown also where little is: whoever tries the suite waits for a code.
        log.warning("message", to=letter.address, title=letter.title, body=letter.body, letter=str(letter.id))
        return Taken(str(letter.id))
