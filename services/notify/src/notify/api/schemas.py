"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated, Self, cast
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from linli.chassis.cursor import Page


class MessageRead(BaseModel):
    """A message, in the reader's language; a digest is about no one issue."""

    id: UUID
    issue_id: UUID | None
    title: str
    body: str
    told_at: datetime
    read_at: datetime | None
    archived_at: datetime | None


class UnreadRead(BaseModel):
    """How many messages are unread in all."""

    unread: int


class InboxRead(Page[MessageRead], UnreadRead):
    """A page of messages, newest first."""


class Which(BaseModel):
    """Some messages by their ids, or all that were told up to a moment."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=200)] | None = None
    until: AwareDatetime | None = Field(None, description="`told_at` of the last one that is meant")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.until is None):
            raise ValueError("give ids or until, and not both")
        return self

    @property
    def meant(self) -> list[UUID] | datetime:
        """The ids or the moment."""
        return self.ids or cast("datetime", self.until)


class Changed(UnreadRead):
    """How many messages a command changed; 0 when it is repeated."""

    changed: int


class Rotation(BaseModel):
    """How long the accounts that are replaced still let in."""

    model_config = ConfigDict(extra="forbid")

    overlap_days: Annotated[int, Field(ge=0, le=30, description="0 ends them at once")] = 7


class CredentialRead(BaseModel):
    """A department's account on the bus, without its password."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    department: str
    username: str
    created_at: datetime
    created_by: str = Field(description="Subject of the token that it was asked for with")
    expires_at: datetime | None = Field(description="When it is ended; null for one that stays")
    revoked_at: datetime | None = Field(description="When it was ended")


class CredentialGiven(CredentialRead):
    """An account with its password, which is stored nowhere and shown this once."""

    password: str | None = Field(
        repr=False,
        description="Null in the answer to a repeated Idempotency-Key: one that was lost is gone, rotate instead",
    )
    amqp_url: str = Field(description="Where to connect; put in the password, and the address of the bus")
