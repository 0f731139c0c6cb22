"""What routing says of a case's time: warnings, extensions, suspensions, supervision."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from linli.contracts.cases import CaseEvent, Handler, Reason
from linli.contracts.words import AreaPath


class Stage(StrEnum):
    """The stages of a case that have a time limit, in their order."""

    DISPATCH = "dispatch"
    ACCEPT = "accept"
    HANDLE = "handle"
    VERIFY = "verify"
    ANSWER = "answer"


Wish = Literal["extend", "suspend"]
"""What a handler may ask of the unit above."""


class CaseWarned(CaseEvent):
    """A part of a stage's time has passed; at 100 per cent the limit is reached.

    ``unit`` has the case; ``above`` is the unit over it where that one is told too.
    """

    stage: Stage
    percent: Literal[50, 80, 100]
    due_at: datetime
    handler: Handler
    unit: AreaPath
    above: AreaPath | None = None


class ApprovalAsked(CaseEvent):
    """The handler asks the unit above for a later deadline, or to stop the clock, until a moment."""

    wish: Wish
    until: datetime
    reason: Reason
    unit: AreaPath
    above: AreaPath


class ApprovalRefused(CaseEvent):
    """The unit above did not agree."""

    wish: Wish
    reason: Reason


class CaseExtended(CaseEvent):
    """The case has a later deadline."""

    deadline: datetime
    reason: Reason


class CaseSuspended(CaseEvent):
    """The clock is stopped until a moment, or until somebody resumes the work."""

    until: datetime
    reason: Reason


class CaseResumed(CaseEvent):
    """The clock runs again."""

    deadline: datetime


class CaseSupervised(CaseEvent):
    """Somebody above watches the case from now on; ``by`` is their name."""

    by: str
    reason: Reason
