"""Two of the three lists: what is offered and what is needed, line by line, and what was brought together."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from volunteer.domain.faults import FieldError, RefusedError

CASE_ENDED = "case-ended"
"""The outcome of the need of a case that has ended."""

NOTED_OF_CASES = frozenset({"reason", "follow_up_on"})
"""What may be noted on the need of a case."""


class ListKind(StrEnum):
    """Which list a line is on."""

    RESOURCE = "resource"
    NEED = "need"


class LineState(StrEnum):
    """``partly``: some of the amount has been brought together with lines of the other list."""

    UNMATCHED = "unmatched"
    PARTLY = "partly"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What somebody offers or needs: ``amount`` of a ``measure`` of a ``kind`` of thing, at a time or at any.

    ``party`` is the organisation or office that answers for it, never a resident. ``reason`` says why it is not
    matched, ``follow_up_on`` when somebody looks again, ``outcome`` what came of it; with an outcome the line is done.

    One that is ``of_case`` is the need of a case: its ``what`` is a category, its ``party`` the unit, and it is matched
    with the volunteers who claim it.
    """

    id: UUID
    list: ListKind
    what: str
    kind: str
    amount: int
    measure: str
    matched: int = 0
    area: str
    party: str
    begins_at: datetime | None
    ends_at: datetime | None
    reason: str | None = None
    follow_up_on: date | None = None
    outcome: str | None = None
    entered_at: datetime
    version: int = 1
    of_case: bool = False

    def __post_init__(self) -> None:
        if self.begins_at is not None and self.ends_at is not None and self.ends_at <= self.begins_at:
            raise FieldError("ends_at", "must be later than begins_at")

    @property
    def state(self) -> LineState:
        """How much of it is matched."""
        if self.matched == self.amount:
            return LineState.MATCHED
        return LineState.PARTLY if self.matched else LineState.UNMATCHED


def bring_together(resource: Line, need: Line, amount: int) -> tuple[Line, Line]:
    """Return both lines after so much of the one serves the other; a line that is matched needs no reason any more.

    Raises:
        RefusedError: they are not of the two lists, of other kinds, never at the same time, or one is done.
        FieldError: one of them has not so much left.
    """
    if resource.list is not ListKind.RESOURCE or need.list is not ListKind.NEED:
        raise RefusedError("wrong-list", "A resource is brought together with a need.")
    if (resource.kind, resource.measure) != (need.kind, need.measure):
        raise RefusedError("other-kind", "They are of different kinds, or measured differently.")
    if _ends_before(resource, need) or _ends_before(need, resource):
        raise RefusedError("other-time", "They have no time in common.")
    for line in (resource, need):
        _require_open(line)
        if amount > line.amount - line.matched:
            raise FieldError("amount", f"of the {line.list} {line.amount - line.matched} are left")
    return _changed(resource, amount), _changed(need, amount)


def separate(resource: Line, need: Line, amount: int) -> tuple[Line, Line]:
    """Return both lines after what was brought together is not any more.

    Raises:
        RefusedError: one of them is done.
    """
    for line in (resource, need):
        _require_open(line)
    return _changed(resource, -amount), _changed(need, -amount)


def note(line: Line, **changes: object) -> Line:
    """Return the line with what somebody notes about it.

    Raises:
        FieldError: it has less than is matched already, or ends before it begins.
        RefusedError: it is the need of a case, and the case says that.
    """
    if line.of_case and not changes.keys() <= NOTED_OF_CASES:
        raise RefusedError("line-of-case", "Its case says what is needed, and what came of it.")
    changed: Line = replace(line, version=line.version + 1, **changes)  # type: ignore[arg-type]
    if changed.amount < line.matched:
        raise FieldError("amount", f"{line.matched} are matched already")
    return changed


def _changed(line: Line, amount: int) -> Line:
    changed = replace(line, matched=line.matched + amount, version=line.version + 1)
    return replace(changed, reason=None) if changed.state is LineState.MATCHED else changed


def _require_open(line: Line) -> None:
    if line.of_case:
        raise RefusedError("line-of-case", "Volunteers claim the need of a case themselves.")
    if line.outcome is not None:
        raise RefusedError("line-done", f"The {line.list} has its outcome.")


def _ends_before(line: Line, other: Line) -> bool:
    return line.ends_at is not None and other.begins_at is not None and line.ends_at <= other.begins_at
