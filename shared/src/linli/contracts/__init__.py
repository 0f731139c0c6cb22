"""Event contracts of the suite: the one source of what services and departments tell each other."""

from linli.contracts.cases import (
    CaseAccepted,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseRouted,
    CaseStarted,
    CaseVerified,
    DispatchRequested,
    Handler,
    Level,
)
from linli.contracts.catalogue import CATALOGUE, EventType, event_type, json_schema
from linli.contracts.envelope import Event, EventError, decode_event, new_event
from linli.contracts.issues import IssueReported, Location, ReturnVisitAnswered, Satisfaction
from linli.contracts.needs import NeedClaimed, NeedClosed, NeedOpened
from linli.contracts.words import AreaPath, CategoryCode, EventData, Slug

__all__ = [
    "CATALOGUE",
    "AreaPath",
    "CaseAccepted",
    "CaseClosed",
    "CaseEscalated",
    "CaseReopened",
    "CaseResolved",
    "CaseReturned",
    "CaseRouted",
    "CaseStarted",
    "CaseVerified",
    "CategoryCode",
    "DispatchRequested",
    "Event",
    "EventData",
    "EventError",
    "EventType",
    "Handler",
    "IssueReported",
    "Level",
    "Location",
    "NeedClaimed",
    "NeedClosed",
    "NeedOpened",
    "ReturnVisitAnswered",
    "Satisfaction",
    "Slug",
    "decode_event",
    "event_type",
    "json_schema",
    "new_event",
]
