"""What intake says of an issue."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from linli.contracts.words import EventData, Slug


class Satisfaction(StrEnum):
    """The reporter's answer to the last question of a return visit."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically-satisfied"
    DISSATISFIED = "dissatisfied"


class Location(BaseModel):
    """A point in WGS 84 degrees."""

    model_config = ConfigDict(frozen=True)

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


Attributes = Annotated[
    Mapping[Slug, Annotated[str, StringConstraints(min_length=1, max_length=200)]], Field(max_length=20)
]
"""Details of a report that rules may ask for, by name; nothing personal."""


class IssueReported(EventData):
    """A resident or grid worker reported an issue.

    ``description`` has telephone, identity and mail addresses masked, and is absent where the category is
    confidential. ``reporter_key`` is the SHA-256 of the tracking code: it says that two messages concern one
    reporter and lets whoever holds the code prove it, and leads to nobody. ``attributes`` are codes and no free text,
    and none where the category is confidential. ``reported_at`` is when it came in, and time limits count from it;
    ``made_at`` is when it was written down, where a telephone kept it until there was a network.
    """

    issue_id: UUID
    description: str | None = Field(max_length=4000, repr=False)
    language: str = Field(max_length=16)
    source: str = Field(max_length=32)
    location: Location | None = None
    reported_at: datetime
    made_at: datetime | None = None
    reporter_key: str = Field(pattern="^[0-9a-f]{64}$")
    attributes: Attributes = Field(default={})


class ReturnVisitAnswered(EventData):
    """The reporter said whether someone was in touch, whether it is solved, and how satisfied they are."""

    issue_id: UUID
    contacted: bool
    solved: bool
    satisfaction: Satisfaction


class IssueMerged(EventData):
    """Staff found that the issue is the same matter as another one, ``into``."""

    issue_id: UUID
    into: UUID


class IssueUnmerged(EventData):
    """Staff found that it is a matter of its own after all."""

    issue_id: UUID


class IssueWithdrawn(EventData):
    """The reporter took the issue back."""

    issue_id: UUID
