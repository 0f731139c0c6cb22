"""Needs: how many helpers a case wants, and who may still come."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linli.contracts import CaseRouted, NeedClaimed, NeedClosed, NeedOpened
from linli.contracts.needs import NeedEvent


class NeedState(StrEnum):
    """``full``: enough volunteers have claimed it; ``closed``: its case has ended."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A call for ``wanted`` helpers with the case of an issue, of whom ``claimed`` have said they come.

    ``until`` is the case's deadline; ``version`` counts the events of the need. All moments are aware.
    """

    id: UUID
    issue_id: UUID
    category: str
    area: str
    wanted: int
    claimed: int = 0
    state: NeedState = NeedState.OPEN
    until: datetime
    opened_at: datetime
    closed_at: datetime | None = None
    version: int = 0


Moved = tuple[Need, tuple[NeedEvent, ...]]
"""The need after a move, and the data of its events; ``version`` has grown by their number."""


class NotClaimableError(Exception):
    """The need takes no more claims: ``state`` says why."""

    def __init__(self, state: NeedState) -> None:
        super().__init__(f"the need is {state.value}")
        self.state = state


class AlreadyClaimedError(Exception):
    """The volunteer has claimed the need before: one claim a volunteer."""


def wants_helpers(case: CaseRouted) -> bool:
    """Tell whether a public need belongs to the case; a confidential one never gets any."""
    return case.volunteers_wanted > 0 and not case.confidential


def open_need(need_id: UUID, case: CaseRouted, *, at: datetime) -> Moved:
    """Open the need of a case that wants helpers."""
    need = Need(
        id=need_id,
        issue_id=case.case_id,
        category=case.category,
        area=case.area,
        wanted=case.volunteers_wanted,
        until=case.deadline,
        opened_at=at,
    )
    happened = NeedOpened(
        need_id=need.id,
        issue_id=need.issue_id,
        category=need.category,
        area=need.area,
        wanted=need.wanted,
        until=need.until,
    )
    return _moved(need, happened)


def follow_case(need: Need, *, area: str, deadline: datetime) -> Need:
    """Return the need where and by when its case is handled now; a closed need stays as it was."""
    return need if need.state is NeedState.CLOSED else replace(need, area=area, until=deadline)


def claim_need(need: Need, *, claimed_before: bool) -> Moved:
    """Take one more volunteer; ``claimed_before`` says that it is one of those who come already.

    Raises:
        AlreadyClaimedError: it is.
        NotClaimableError: the need is full or closed.
    """
    if claimed_before:
        raise AlreadyClaimedError
    if need.state is not NeedState.OPEN:
        raise NotClaimableError(need.state)
    claimed = need.claimed + 1
    state = NeedState.FULL if claimed == need.wanted else NeedState.OPEN
    need = replace(need, claimed=claimed, state=state)
    happened = NeedClaimed(
        need_id=need.id,
        issue_id=need.issue_id,
        category=need.category,
        area=need.area,
        claimed=need.claimed,
        wanted=need.wanted,
    )
    return _moved(need, happened)


def close_need(need: Need, *, at: datetime) -> Moved:
    """End the call for helpers; a closed need stays as it was."""
    if need.state is NeedState.CLOSED:
        return need, ()
    need = replace(need, state=NeedState.CLOSED, closed_at=at)
    happened = NeedClosed(
        need_id=need.id,
        issue_id=need.issue_id,
        category=need.category,
        area=need.area,
        claimed=need.claimed,
        wanted=need.wanted,
    )
    return _moved(need, happened)


def told_more(need: Need, events: int) -> Need:
    """Return the need of which so many events more are told, that change nothing of it."""
    return replace(need, version=need.version + events)


def _moved(need: Need, event: NeedEvent) -> Moved:
    return replace(need, version=need.version + 1), (event,)
