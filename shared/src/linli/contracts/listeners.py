"""Which service listens to which events: what its queue is bound to, and whom a new event reaches."""

from collections.abc import Mapping

from linli.contracts import cases, issues, needs
from linli.contracts.words import EventData

LISTENERS: Mapping[str, frozenset[type[EventData]]] = {
    "intake": frozenset(
        {
            cases.CaseRouted,
            cases.CaseAccepted,
            cases.CaseStarted,
            cases.CaseEscalated,
            cases.CaseReturned,
            cases.CaseResolved,
            cases.CaseVerified,
            cases.CaseReopened,
            cases.CaseClosed,
            needs.NeedOpened,
            needs.NeedClaimed,
            needs.NeedClosed,
        }
    ),
    "routing": frozenset({issues.IssueReported, issues.ReturnVisitAnswered}),
    "volunteer": frozenset({cases.CaseRouted, cases.CaseReopened, cases.CaseClosed}),
    "notify": frozenset(
        {
            issues.IssueReported,
            issues.ReturnVisitAnswered,
            cases.CaseRouted,
            cases.CaseAccepted,
            cases.CaseEscalated,
            cases.CaseReturned,
            cases.CaseResolved,
            cases.CaseReopened,
            cases.CaseClosed,
            needs.NeedOpened,
            needs.NeedClaimed,
        }
    ),
}
"""Every service of the suite, and the models of the events that it reacts to.

Each service's own table of reactions is what it runs on; a test holds the two to each other.
"""
