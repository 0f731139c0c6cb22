"""One example of every event type, from which golden payloads are made when a type is released."""

from datetime import UTC, datetime
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
    Location,
    NeedClaimed,
    NeedClosed,
    NeedOpened,
    ReturnVisitAnswered,
    Satisfaction,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ISSUE = UUID("01959b1e-0000-7000-8000-000000000001")
NEED = UUID("01959b1e-0000-7000-8000-000000000002")
HANDLER = Handler(id="li-jinpu", name="例锦心", post="社区网格长")
WHERE = {"category": "facility.roof-leak", "area": "sanchajie/jinpu/lianbang/b3"}
CASE = {**WHERE, "case_id": ISSUE}
HELP = {**WHERE, "need_id": NEED, "issue_id": ISSUE}

EXAMPLES: tuple[EventData, ...] = (
    IssueReported(
        **WHERE,
        issue_id=ISSUE,
        description="三号楼楼顶漏雨",
        language="zh-Hans",
        source="app",
        location=Location(lat=26.0391, lon=119.3244),
        reported_at=AT,
        reporter_key="ab" * 32,
    ),
    ReturnVisitAnswered(
        **WHERE, issue_id=ISSUE, contacted=True, solved=True, satisfaction=Satisfaction.BASICALLY_SATISFIED
    ),
    CaseRouted(
        **CASE,
        level=Level.COMMUNITY,
        unit="sanchajie/jinpu",
        handler=HANDLER,
        deadline=DUE,
        lead_department="housing",
        co_departments=("urban-management",),
        hops=1,
        volunteers_wanted=2,
    ),
    CaseAccepted(**CASE, handler=HANDLER),
    CaseStarted(**CASE, handler=HANDLER),
    CaseEscalated(**CASE, from_unit="sanchajie/jinpu", to_unit="sanchajie", reason="需要大修"),
    CaseReturned(**CASE, from_unit="sanchajie/jinpu", to_unit="sanchajie", reason="不属本社区"),
    CaseResolved(**CASE, handler=HANDLER, outcome="已修复"),
    CaseVerified(**CASE, by="return-visit"),
    CaseReopened(**CASE, handler=HANDLER, deadline=DUE),
    CaseClosed(**CASE, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
    DispatchRequested(**CASE, department="housing", role="lead", deadline=DUE),
    NeedOpened(**HELP, wanted=3, until=DUE),
    NeedClaimed(**HELP, claimed=1, wanted=3),
    NeedClosed(**HELP, claimed=3, wanted=3),
)
