"""Which files may belong to an issue."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

MOST_OF_ONE_PURPOSE = 20
"""Files of an issue with the same purpose."""

MAX_NAME = 120

# Separators of folders, controls, and the marks that turn the direction of what is shown.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Purpose(StrEnum):
    """What a file is for: it shows the matter, its place before or after the work, or is a document of the case."""

    REPORT = "report"
    BEFORE = "before"
    AFTER = "after"
    DOCUMENT = "document"


class AttachError(Exception):
    """The file cannot belong to the issue; the message says why."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that belongs to the issue already; ``before`` is the one that it shows the outcome of."""

    id: UUID
    purpose: Purpose
    before: UUID | None


def check_attachable(attached: Sequence[Attached], purpose: Purpose, before: UUID | None) -> None:
    """Check that one more file may belong to an issue.

    Raises:
        AttachError: there are too many, or it cannot be paired as is asked.
    """
    if sum(one.purpose is purpose for one in attached) >= MOST_OF_ONE_PURPOSE:
        raise AttachError(f"the issue has {MOST_OF_ONE_PURPOSE} such files already")
    if before is None:
        return
    if purpose is not Purpose.AFTER:
        raise AttachError("only a picture from after the work is paired with one from before")
    if not any(one.id == before and one.purpose is Purpose.BEFORE for one in attached):
        raise AttachError("the issue has no such picture from before the work")
    if any(one.before == before for one in attached):
        raise AttachError("that picture from before the work has its pair already")


def plain_name(name: str | None) -> str | None:
    """Return the last part of a file's name, without what is not shown; None where nothing is left."""
    last = re.split(r"[/\\]", name or "")[-1]
    shown = _UNSHOWN.sub("", last).strip(" .")
    return shown[-MAX_NAME:] or None
