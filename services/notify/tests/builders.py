"""What the other services would tell of an issue."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from linli.contracts import (
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
    EventData,
    Handler,
    IssueReported,
    Level,
    NeedClaimed,
    NeedClosed,
    NeedOpened,
    ReturnVisitAnswered,
    Satisfaction,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
CODE = "K7QF2M7DXW3T2RAB"
WHERE: dict[str, Any] = {"category": "facility.roof-leak", "area": "sanchajie/jinpu/lianbang/b3"}
HANDLER = Handler(id="li-jinpu", name="例锦心", post="社区网格长")


def reported(issue: UUID, *, language: str = "zh-Hans", code: str = CODE, **change: Any) -> IssueReported:
    said: dict[str, Any] = {
        **WHERE,
        "issue_id": issue,
        "description": "楼顶漏雨，住户很着急",
        "language": language,
        "source": "app",
        "reported_at": AT,
        "reporter_key": sha256(code.encode()).hexdigest(),
    }
    return IssueReported(**{**said, **change})


def routed(issue: UUID, handler: Handler = HANDLER, **change: Any) -> CaseRouted:
    said: dict[str, Any] = {
        **WHERE,
        "case_id": issue,
        "level": Level.COMMUNITY,
        "unit": "sanchajie/jinpu",
        "handler": handler,
        "deadline": DUE,
        "lead_department": "housing",
        "hops": 0,
    }
    return CaseRouted(**{**said, **change})


def everything(issue: UUID) -> tuple[EventData, ...]:
    """Return one event of each type, about one issue."""
    case: dict[str, Any] = {**WHERE, "case_id": issue}
    need: dict[str, Any] = {**WHERE, "need_id": UUID(int=7), "issue_id": issue}
    return (
        reported(issue),
        routed(issue),
        CaseAccepted(**case, handler=HANDLER),
        CaseStarted(**case, handler=HANDLER),
        CaseEscalated(**case, from_unit="sanchajie/jinpu", to_unit="sanchajie", reason="需要大修"),
        CaseReturned(**case, from_unit="sanchajie/jinpu", to_unit="sanchajie", reason="不属本社区"),
        CaseResolved(**case, handler=HANDLER, outcome="已修复"),
        ReturnVisitAnswered(
            **WHERE, issue_id=issue, contacted=True, solved=False, satisfaction=Satisfaction.DISSATISFIED
        ),
        CaseReopened(**case, handler=HANDLER, deadline=DUE),
        CaseVerified(**case, by="return-visit"),
        CaseClosed(**case, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
        DispatchRequested(**case, department="housing", role="lead", deadline=DUE),
        NeedOpened(**need, wanted=3, until=DUE),
        NeedClaimed(**need, claimed=1, wanted=3),
        NeedClosed(**need, claimed=1, wanted=3),
    )
