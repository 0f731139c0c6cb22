"""What the archive tells of itself."""

from contextlib import aclosing
from datetime import datetime

from linli.messaging.transport import Transport
from notify.domain.filters import FilterError
from notify.ledger import is_event, made


class Archive:
    """The archive of a bus."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def require(self, field: str, since: datetime) -> None:
        """Make sure that the archive has all that was made since a moment.

        Raises:
            FilterError: it does not; the message says from when it has.
            TransportError: the transport is not there.
        """
        begins = await self._begins_at()
        if begins is None:
            raise FilterError(field, "the archive is empty yet")
        if since < begins:
            raise FilterError(field, f"the archive begins at {begins.isoformat()}")

    async def _begins_at(self) -> datetime | None:
        async with aclosing(self._transport.archived(since=None)) as batches:
            async for batch in batches:
                first = [made(one) for one in batch if is_event(one)]
                if first:
                    return min(first)
        return None
