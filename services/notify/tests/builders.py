"""What the other services would tell of an issue."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from linli.contracts import (
    ApprovalAsked,
    ApprovalRefused,
    CaseAbsorbed,
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseDelegated,
    CaseEscalated,
    CaseExtended,
    CaseInspected,
    CaseMerged,
    CaseMergeRefused,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseResumed,
    CaseReturned,
    CaseRouted,
    CaseStarted,
    CaseSupervised,
    CaseSuspended,
    CaseTransferred,
    CaseUnmerged,
    CaseVerified,
    CaseWarned,
    CaseWithdrawn,
    DispatchAccepted,
    DispatchDone,
    DispatchOverdue,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
    EventData,
    Handler,
    IssueReported,
    Level,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    MeetingKind,
    NeedClaimed,
    NeedClosed,
    NeedOpened,
    ReturnVisitAnswered,
    Satisfaction,
    Stage,
    TaskAssigned,
    TaskCancelled,
    TaskDone,
    TaskOverdue,
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


def requested(case: UUID, department: str = "housing", **change: Any) -> DispatchRequested:
    said: dict[str, Any] = {**WHERE, "case_id": case, "department": department, "role": "lead", "deadline": DUE}
    return DispatchRequested(**{**said, **change})


def meeting_called(meeting: UUID, *departments: str, **change: Any) -> MeetingCalled:
    said: dict[str, Any] = {
        **WHERE,
        "meeting_id": meeting,
        "cases": (UUID(int=11),),
        "departments": departments,
        "kind": MeetingKind.ON_SITE,
        "title": "现场办公会",
        "place": "三号楼",
        "starts_at": DUE,
        "ends_at": DUE + timedelta(hours=1),
    }
    return MeetingCalled(**{**said, **change})


def everything(issue: UUID) -> tuple[EventData, ...]:
    """Return one event of each type, about one issue."""
    case: dict[str, Any] = {**WHERE, "case_id": issue}
    task: dict[str, Any] = {"task_id": UUID(int=9), "unit": "sanchajie/jinpu"}
    meeting: dict[str, Any] = {**WHERE, "meeting_id": UUID(int=10), "cases": (issue,), "units": ("sanchajie/jinpu",)}
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
        CaseInspected(**case),
        CaseVerified(**case, by="return-visit"),
        CaseClosed(**case, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
        CaseDelegated(**case, from_unit="sanchajie", to_unit="sanchajie/jinpu", reason="社区可自行解决"),
        CaseTransferred(**case, from_unit="sanchajie/jinpu", to_unit="sanchajie", reason="属另一单元"),
        CaseDeclined(**case, handler=HANDLER, reason="属业主自管范围"),
        CaseMerged(**case, into=UUID(int=8)),
        CaseUnmerged(**case, handler=HANDLER, deadline=DUE),
        CaseMergeRefused(**case, into=UUID(int=8)),
        CaseAbsorbed(**case, other=UUID(int=8), deadline=DUE),
        CaseReleased(**case, other=UUID(int=8), deadline=DUE),
        CaseWithdrawn(**case),
        CaseWarned(
            **case,
            stage=Stage.ACCEPT,
            percent=100,
            due_at=DUE,
            handler=HANDLER,
            unit="sanchajie/jinpu",
            above="sanchajie",
        ),
        ApprovalAsked(**case, wish="extend", until=DUE, reason="等待材料", unit="sanchajie/jinpu", above="sanchajie"),
        ApprovalRefused(**case, wish="suspend", reason="不属不可抗力"),
        CaseExtended(**case, deadline=DUE, reason="等待材料"),
        CaseSuspended(**case, until=DUE, reason="台风"),
        CaseResumed(**case, deadline=DUE),
        CaseSupervised(**case, by="例统筹", reason="多次超期"),
        DispatchRequested(**case, department="housing", role="lead", deadline=DUE),
        DispatchAccepted(**case, department="housing"),
        DispatchReturned(**case, department="housing", reason="不属我局"),
        DispatchProgressed(**case, department="housing", note="材料已到"),
        DispatchDone(**case, department="housing", answer="防水层已重做"),
        DispatchWithdrawn(**case, department="housing", reason="已由居民自行解决"),
        DispatchOverdue(**case, department="housing", deadline=DUE),
        TaskAssigned(**case, **task, work="腾出楼道", deadline=DUE),
        TaskDone(**case, **task, outcome="已腾出"),
        TaskCancelled(**case, **task, reason="不再需要"),
        TaskOverdue(**case, **task, deadline=DUE),
        MeetingCalled(
            **meeting, kind=MeetingKind.ON_SITE, title="现场办公会", place="三号楼", starts_at=AT, ends_at=DUE
        ),
        MeetingHeld(**meeting, title="现场办公会", minutes="商定整体翻修", decisions=2),
        MeetingCancelled(**meeting, title="现场办公会", reason="台风"),
        NeedOpened(**need, wanted=3, until=DUE),
        NeedClaimed(**need, claimed=1, wanted=3),
        NeedClosed(**need, claimed=1, wanted=3),
    )
