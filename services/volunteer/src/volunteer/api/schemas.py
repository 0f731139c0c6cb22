"""What the API gives."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from volunteer.domain.needs import NeedState


class NeedRead(BaseModel):
    """A call for helpers, as anyone may see it."""

    id: UUID
    what: str = Field(description="Name of the category, in the reader's language")
    category: str
    area: str
    area_name: str
    wanted: int
    claimed: int
    until: datetime
    state: NeedState


class ClaimRead(BaseModel):
    """A volunteer's own claim."""

    id: UUID
    need_id: UUID
    claimed_at: datetime


class ClaimantRead(BaseModel):
    """Who comes to help, for those who organise it."""

    id: UUID
    volunteer: str = Field(description="Subject of the volunteer's token")
    claimed_at: datetime
