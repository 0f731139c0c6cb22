"""What volunteer says of posts for those who report where they live; ``category`` is ``duty.post``.

Who takes one is sealed, as ``volunteer``; their employer is not named.
"""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from linli.contracts.words import EventData, Line, Sealed


class PostEvent(EventData):
    """What every event of a post names."""

    post_id: UUID
    title: Line
    wanted: int = Field(ge=1)
    taken: int = Field(ge=0)


class PostOpened(PostEvent):
    """People are looked for."""

    starts_at: datetime
    ends_at: datetime


class PostClosed(PostEvent):
    """Nobody is looked for any more; who has taken the post keeps it."""


class NominationEvent(PostEvent):
    """What every event of somebody's word to take a post names."""

    nomination_id: UUID
    volunteer: Sealed | None = None


class PostTaken(NominationEvent):
    """Somebody took a post for themselves."""

    starts_at: datetime
    ends_at: datetime


class PostGivenBack(NominationEvent):
    """Somebody took back their word; the place is free again."""


class ServiceAccepted(NominationEvent):
    """Those who organise say that the service of a post was done; it goes into the return of its quarter."""

    served_minutes: int = Field(ge=1)
