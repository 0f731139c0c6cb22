"""How long each stage of a case may take."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from linli.contracts import Stage


class LimitKind(StrEnum):
    """What a time limit counts: hours of the clock, or hours or days of the working calendar."""

    CLOCK_HOURS = "clock-hours"
    WORKING_HOURS = "working-hours"
    WORKING_DAYS = "working-days"


class TimeLimit(BaseModel):
    """How long the handling may take, in hours or days as ``kind`` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: int = Field(ge=1, le=1000)
    kind: LimitKind


class StageLimits(BaseModel):
    """How long each stage of a case may take.

    ``dispatch`` runs from the report to a responsible person, ``accept`` until they take it on, ``handle`` from the
    report until it is done, ``verify`` until somebody else has looked, ``answer`` until the reporter has answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dispatch: TimeLimit
    accept: TimeLimit
    handle: TimeLimit
    verify: TimeLimit
    answer: TimeLimit

    def of(self, stage: Stage) -> TimeLimit:
        """Return the limit of a stage."""
        limit: TimeLimit = getattr(self, stage)
        return limit
