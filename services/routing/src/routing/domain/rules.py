"""The rules that decide where a case goes, as they are kept with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from linli.district import Text


class RuleCode(StrEnum):
    """The rules that decide where a case goes."""

    CATEGORY = "category"
    AREA = "area"
    OVERRIDE = "override"
    OVERRIDE_AREA = "override-area"
    OVERRIDE_TIME = "override-time"
    OVERRIDE_ATTRIBUTE = "override-attribute"
    OVERRIDE_OVERTAKEN = "override-overtaken"
    NAMED_UNIT = "named-unit"
    CLOSED_UNIT = "closed-unit"
    AUTHORITY = "authority"
    TOP_UNIT = "top-unit"
    ON_DUTY = "on-duty"
    DEPUTY = "deputy"
    UNIT_ON_DUTY = "unit-on-duty"
    ALL_OFF_DUTY = "all-off-duty"
    LOAD = "load"
    HANDLER = "handler"
    HANDLER_ABOVE = "handler-above"
    LEAD_DEPARTMENT = "lead-department"
    CO_DEPARTMENT = "co-department"
    TIME_LIMIT = "time-limit"
    URGENCY = "urgency"
    CONFIDENTIAL = "confidential"
    VOLUNTEERS = "volunteers"
    ESCALATED = "escalated"
    RETURNED = "returned"
    DELEGATED = "delegated"
    TRANSFERRED = "transferred"
    ROUTED_AGAIN = "routed-again"
    HOP_LIMIT = "hop-limit"
    REOPENED = "reopened"
    NOT_VERIFIED = "not-verified"
    REHOMED = "rehomed"
    HANDLER_LEFT = "handler-left"


Params = Mapping[str, Text | str | int]
"""What a rule was applied to, by the names that its sentence has for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that was considered, whether it applied, and what it was applied to.

    The names in ``params`` are those of the moment of the decision, so that it reads the same when the grid changes.
    """

    code: RuleCode
    applied: bool
    params: Params = field(default_factory=dict)
