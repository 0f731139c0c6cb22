"""What the archive tells of itself."""

from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from linli.messaging.transport import Transport
from notify.ledger import is_event, made_at


class Archive:
    """The archive of a bus."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def begins_at(self) -> datetime | None:
        """Return when the first event that the archive still holds was made; None while it holds none.

        Raises:
            TransportError: the transport is not there.
        """
        async with aclosing(self._transport.archived(since=None)) as batches:
            async for batch in batches:
                made = [made_at(UUID(one.id)) for one in batch if is_event(one)]
                if made:
                    return min(made)
        return None
