"""The rules of an issue as its reporter sees it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linli.contracts import IssueWithdrawn, ReturnVisitAnswered, Satisfaction

MAX_DESCRIPTION = 4000


class PublicState(StrEnum):
    """What residents are shown of the states of a case."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


WITHDRAWABLE = (PublicState.RECEIVED, PublicState.IN_PROGRESS)


class Source(StrEnum):
    """How an issue came in."""

    APP = "app"
    MINI_PROGRAM = "mini-program"
    WEB = "web"
    HOTLINE = "hotline"
    VISIT = "visit"
    IMPORT = "import"
    OPEN311 = "open311"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reporter's answer to a return visit."""

    contacted: bool
    solved: bool
    satisfaction: Satisfaction


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, as far as its reporter's answer depends on it; ``reopen_until`` is when a closed one stays closed."""

    id: UUID
    category: str
    area: str
    state: PublicState
    version: int
    answer: Answer | None
    reopen_until: datetime | None = None


class NotAnswerableError(Exception):
    """There is no return visit to answer; ``actions`` are what the reporter can do now."""

    def __init__(self, issue: Issue, *, at: datetime) -> None:
        closed = issue.state is PublicState.CLOSED
        answered = "the return visit is answered already" if issue.answer else "nothing is resolved yet"
        super().__init__("it is closed" if closed and issue.answer is None else answered)
        self.state = issue.state
        self.actions: tuple[str, ...] = ("reopen",) if can_answer(issue, at=at, solved=False) else ()


class NotWithdrawableError(Exception):
    """The issue cannot be taken back any more; ``actions`` are what the reporter can do now."""

    def __init__(self, state: PublicState, why: str) -> None:
        super().__init__(why)
        self.state = state
        self.actions: tuple[str, ...] = ("answer",) if state is PublicState.RESOLVED else ()


def is_withdrawable(state: PublicState, *, merged: bool) -> bool:
    """Tell whether the reporter may still take an issue back: until it is said to be done, and unless it is merged."""
    return state in WITHDRAWABLE and not merged


def withdraw(issue: Issue, *, merged: bool) -> tuple[Issue, IssueWithdrawn]:
    """Return the issue that its reporter takes back, and what happened.

    Raises:
        NotWithdrawableError: it is said to be done, has ended, or is handled together with another one.
    """
    if not is_withdrawable(issue.state, merged=merged):
        why = "it is handled together with another report" if merged else f"it is {issue.state} already"
        raise NotWithdrawableError(issue.state, why)
    happened = IssueWithdrawn(category=issue.category, area=issue.area, issue_id=issue.id)
    return replace(issue, version=issue.version + 1), happened


def reopen_until(state: PublicState, closed_at: datetime | None, days: int) -> datetime | None:
    """Return until when the reporter of an issue may say that it is not solved after all; None unless closed."""
    if state is not PublicState.CLOSED or closed_at is None or days == 0:
        return None
    return closed_at + timedelta(days=days)


def can_answer(issue: Issue, *, at: datetime, solved: bool = True) -> bool:
    """Tell whether the reporter may answer: once it is said to be done, and "not solved" also some days later."""
    if issue.state is PublicState.RESOLVED:
        return issue.answer is None
    said_so = issue.answer is not None and not issue.answer.solved
    return not solved and not said_so and issue.reopen_until is not None and at <= issue.reopen_until


def answer_return_visit(issue: Issue, answer: Answer, *, at: datetime) -> tuple[Issue, ReturnVisitAnswered | None]:
    """Return the issue with the reporter's answer, and what happened: "not solved" opens it again.

    The same answer given again changes nothing: a front end may repeat a request whose response it lost.

    Raises:
        NotAnswerableError: the handler has not said that it is done, another answer was given, or it closed too long
            ago, or for somebody who says that it is solved.
    """
    if issue.answer == answer:
        return issue, None
    if not can_answer(issue, at=at, solved=answer.solved):
        raise NotAnswerableError(issue, at=at)
    happened = ReturnVisitAnswered(
        category=issue.category,
        area=issue.area,
        issue_id=issue.id,
        contacted=answer.contacted,
        solved=answer.solved,
        satisfaction=answer.satisfaction,
    )
    return replace(issue, answer=answer, version=issue.version + 1), happened
