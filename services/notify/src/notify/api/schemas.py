"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from linli.chassis.cursor import Page


class MessageRead(BaseModel):
    """A message, in the reader's language; a digest is about no one issue."""

    id: UUID
    issue_id: UUID | None
    title: str
    body: str
    told_at: datetime
    read_at: datetime | None


class InboxRead(Page[MessageRead]):
    """A page of messages, newest first, and how many are unread in all."""

    unread: int


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
