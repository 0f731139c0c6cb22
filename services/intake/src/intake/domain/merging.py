"""When several issues are one matter."""

from dataclasses import dataclass
from uuid import UUID

from intake.domain.issue import PublicState
from linli.contracts import IssueMerged, IssueUnmerged

OPEN = (PublicState.RECEIVED, PublicState.IN_PROGRESS, PublicState.RESOLVED)


class MergeError(Exception):
    """The issues cannot be merged, or are not: the message says why."""


@dataclass(frozen=True, slots=True)
class Mergeable:
    """An issue, as far as merging depends on it; ``merged_into`` is the issue that stands for it."""

    id: UUID
    category: str
    area: str
    state: PublicState
    merged_into: UUID | None


def merge(issue: Mergeable, into: Mergeable) -> IssueMerged | None:
    """Return what happened when one issue stands for another; None where it did so before.

    Raises:
        MergeError: they are one issue, one of them has ended, or one of them is merged already.
    """
    if issue.id == into.id:
        raise MergeError("an issue cannot be merged into itself")
    if issue.merged_into == into.id:
        return None
    for each in (issue, into):
        if each.merged_into is not None:
            raise MergeError(f"issue {each.id} is merged into {each.merged_into} already")
        if each.state not in OPEN:
            raise MergeError(f"issue {each.id} is {each.state}")
    return IssueMerged(category=issue.category, area=issue.area, issue_id=issue.id, into=into.id)


def unmerge(issue: Mergeable) -> IssueUnmerged:
    """Return what happened when an issue is handled by itself again.

    Raises:
        MergeError: it is not merged.
    """
    if issue.merged_into is None:
        raise MergeError("the issue is not merged")
    return IssueUnmerged(category=issue.category, area=issue.area, issue_id=issue.id)
