"""What the API gives."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

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
