"""The rules of an issue as its reporter sees it."""

from dataclasses import dataclass, replace
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
    """An issue, as far as its reporter's answer depends on it."""

    id: UUID
    category: str
    area: str
    state: PublicState
    version: int
    answer: Answer | None


class NotAnswerableError(Exception):
    """There is no return visit to answer; ``actions`` are what the reporter can do now."""

    def __init__(self, state: PublicState, *, answered: bool) -> None:
        super().__init__("the return visit is answered already" if answered else "nothing is resolved yet")
        self.state = state
        self.actions: tuple[str, ...] = ()


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


def answer_return_visit(issue: Issue, answer: Answer) -> tuple[Issue, ReturnVisitAnswered | None]:
    """Return the issue with the reporter's answer, and what happened.

    The same answer given again changes nothing: a front end may repeat a request whose response it lost.

    Raises:
        NotAnswerableError: the handler has not said that it is done, or another answer was given.
    """
    if issue.answer == answer:
        return issue, None
    if issue.state is not PublicState.RESOLVED or issue.answer is not None:
        raise NotAnswerableError(issue.state, answered=issue.answer is not None)
    happened = ReturnVisitAnswered(
        category=issue.category,
        area=issue.area,
        issue_id=issue.id,
        contacted=answer.contacted,
        solved=answer.solved,
        satisfaction=answer.satisfaction,
    )
    return replace(issue, answer=answer, version=issue.version + 1), happened
