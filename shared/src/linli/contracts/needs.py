"""What volunteer says of a need. Who claimed it is nobody's business but the organiser's."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from linli.contracts.words import EventData, Sealed


class NeedEvent(EventData):
    """What every event of a need names."""

    need_id: UUID
    issue_id: UUID


class NeedOpened(NeedEvent):
    """Helpers are looked for."""

    wanted: int = Field(ge=1)
    until: datetime


class NeedClaimed(NeedEvent):
    """One more volunteer will help."""

    claimed: int = Field(ge=1)
    wanted: int = Field(ge=1)


class HelperAsked(NeedEvent):
    """Somebody is asked to help; they are free to decline."""

    until: datetime
    volunteer: Sealed | None = None


class NeedClosed(NeedEvent):
    """No more helpers are looked for: the case has ended."""

    claimed: int = Field(ge=0)
    wanted: int = Field(ge=1)
