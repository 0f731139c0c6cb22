"""What volunteer says of micro-wishes: never whose a wish is, or who took it.

``category`` is ``wish.<kind>``. ``submitter``, ``holder`` and ``holders`` are sealed. A title is told from when the
wish is published, when everybody reads it.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from linli.contracts.words import EventData, Line, Sealed


class WishEvent(EventData):
    """What every event of a wish names; ``submitter`` is who wrote it down."""

    wish_id: UUID
    submitter: Sealed | None = None


class WishSubmitted(WishEvent):
    """A wish was written down; somebody has to look at it."""

    wanted: int = Field(ge=1)
    until: datetime


class WishVerified(WishEvent):
    """Somebody has made sure of a wish."""


class WishDeclined(WishEvent):
    """A wish is not published; why, is read with the wish."""


class WishPublished(WishEvent):
    """Everybody sees a wish, and may claim it."""

    title: Line
    wanted: int = Field(ge=1)
    until: datetime


class WishWithdrawn(WishEvent):
    """A wish was taken back; whoever held a claim of it is free."""

    title: Line | None = Field(default=None, description="None where it had not been published")
    holders: tuple[Sealed, ...] = ()


class WishExpired(WishEvent):
    """The time of a wish passed, and nobody had taken it."""

    title: Line


class WishClaimEvent(WishEvent):
    """What every event of a claim names: places of the wish, and ``holder``, who claimed them."""

    claim_id: UUID
    title: Line
    wanted: int = Field(ge=1)
    taken: int = Field(ge=0)
    holder: Sealed | None = None


class WishClaimed(WishClaimEvent):
    """Somebody, or a group of ``people``, will see to a wish until a moment."""

    people: int = Field(ge=1)
    until: datetime


class WishClaimConfirmed(WishClaimEvent):
    """Those who organise agree to a claim: its holder sees whom to contact."""

    until: datetime


class WishReleased(WishClaimEvent):
    """A claim has ended before it was kept; its places are free again."""

    why: Literal["holder", "organiser", "time", "left"] = Field(
        description="Given back by the holder, taken away by who organises, not kept in time, or the holder left"
    )


class WishFulfilled(WishClaimEvent):
    """A holder has done what was wished for; the wish is fulfilled where ``fulfilled`` is ``wanted``."""

    fulfilled: int = Field(ge=1)


class WishThanked(WishEvent):
    """Whoever wished for it, or who organises there, says that it was done, and thanks."""

    title: Line
    holders: tuple[Sealed, ...] = ()
