"""What the API takes and gives of webhooks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

USUAL_OVERLAP_H = 24
MOST_OVERLAP_H = 168


class Rotate(BaseModel):
    """A secret that is to follow another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    overlap_h: Annotated[int, Field(ge=0, le=MOST_OVERLAP_H, description="Hours that both sign")] = USUAL_OVERLAP_H


class SecretRead(BaseModel):
    """What webhooks are verified with from now on; shown this once."""

    secret: str
    former_until: datetime


class TestRead(BaseModel):
    """What came of a test."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    delivered: bool
    status: int | None = Field(description="Absent where there was no answer")
    reason: str | None = Field(description="Why it does not count as delivered")
    took_s: float
    answer: str | None = Field(description="The beginning of what the receiver answered")
