"""Notices to many: what one says, and what may be done with it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class Audience(StrEnum):
    """Whom a notice is for: who has reported something in an area, the posts of an area, or a team of volunteers."""

    RESIDENTS = "residents"
    POSTS = "posts"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom a notice is for, exactly; ``area`` is where the ``team`` is, if that is whom it is for."""

    audience: Audience
    area: str
    team: UUID | None = None


class NoticeText(BaseModel):
    """A notice in one language; it is text, not a template."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    body: Body


class Notice(BaseModel):
    """A notice; who reads a language that it is not in is told in simplified Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    zh_hans: NoticeText = Field(alias="zh-Hans")
    zh_hant: NoticeText | None = Field(None, alias="zh-Hant")
    en: NoticeText | None = None


State = Literal["draft", "sending", "sent", "cancelled"]


class BroadcastError(Exception):
    """It may not be done with a notice now, or by this person; the text says why."""


def approve(state: State, made_by: str, by: str) -> State:
    """Return the state after somebody approves a notice.

    Raises:
        BroadcastError: it is no draft, or they wrote it.
    """
    if state != "draft":
        raise BroadcastError(f"it is {state}")
    if by == made_by:
        raise BroadcastError("somebody else than who wrote it has to approve it")
    return "sending"


def cancel(state: State) -> State:
    """Return the state after somebody stops a notice; what was sent was sent.

    Raises:
        BroadcastError: it has ended.
    """
    if state in ("sent", "cancelled"):
        raise BroadcastError(f"it is {state}")
    return "cancelled"
