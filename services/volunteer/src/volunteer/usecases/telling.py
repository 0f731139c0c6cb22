"""What every command needs to say what happened: when it is, and how those whom events name are sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.sealing import Sealer
from linli.contracts import EventData
from linli.messaging.outbox import record


@dataclass(frozen=True, slots=True)
class Telling:
    """The moment of a command, and who seals people for the events of it."""

    at: datetime
    sealer: Sealer

    def seal(self, about: UUID, subject: str | None) -> str | None:
        """Return somebody as an event about something may name them."""
        return self.sealer.seal(about, subject)

    async def record(self, connection: AsyncConnection, *happened: EventData, version: int) -> None:
        """Record events of one thing, whose version has grown by their number to ``version``."""
        await record(connection, happened, version=version, at=self.at)
