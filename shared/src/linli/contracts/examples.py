"""One example of every event type: golden payloads are made from it, documents show it, consumers try it."""

from datetime import UTC, datetime
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
    CategoryChanged,
    DispatchAccepted,
    DispatchDone,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
    Event,
    EventData,
    EventType,
    Handler,
    IssueMerged,
    IssueReported,
    IssueUnmerged,
    IssueWithdrawn,
    Level,
    Location,
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
    UnitChanged,
    new_event,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"
DUE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ISSUE = UUID("01959b1e-0000-7000-8000-000000000001")
NEED = UUID("01959b1e-0000-7000-8000-000000000002")
HANDLER = Handler(id="li-jinpu", name="例锦心", post="社区网格长")
WHERE = {"category": "facility.roof-leak", "area": "sanchajie/jinpu/lianbang/b3"}
CASE = {**WHERE, "case_id": ISSUE}
MEETING = {**WHERE, "meeting_id": NEED, "cases": (ISSUE,), "units": ("sanchajie/jinpu",), "departments": ("housing",)}
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
    IssueMerged(**WHERE, issue_id=ISSUE, into=NEED),
    IssueUnmerged(**WHERE, issue_id=ISSUE),
    IssueWithdrawn(**WHERE, issue_id=ISSUE),
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
    CaseInspected(**CASE),
    CaseVerified(**CASE, by="return-visit"),
    CaseReopened(**CASE, handler=HANDLER, deadline=DUE),
    CaseClosed(**CASE, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
    CaseDelegated(**CASE, from_unit="sanchajie", to_unit="sanchajie/jinpu", reason="社区可自行解决"),
    CaseTransferred(**CASE, from_unit="sanchajie/jinpu", to_unit="sanchajie/shangdu", reason="属相邻社区"),
    CaseDeclined(**CASE, handler=HANDLER, reason="属业主自管范围"),
    CaseMerged(**CASE, into=NEED),
    CaseUnmerged(**CASE, handler=HANDLER, deadline=DUE),
    CaseMergeRefused(**CASE, into=NEED),
    CaseAbsorbed(**CASE, other=NEED, deadline=DUE),
    CaseReleased(**CASE, other=NEED, deadline=DUE),
    CaseWithdrawn(**CASE),
    CaseWarned(
        **CASE,
        stage=Stage.ACCEPT,
        percent=100,
        due_at=DUE,
        handler=HANDLER,
        unit="sanchajie/jinpu",
        above="sanchajie",
    ),
    ApprovalAsked(**CASE, wish="extend", until=DUE, reason="等待材料", unit="sanchajie/jinpu", above="sanchajie"),
    ApprovalRefused(**CASE, wish="suspend", reason="不属不可抗力"),
    CaseExtended(**CASE, deadline=DUE, reason="等待材料"),
    CaseSuspended(**CASE, until=DUE, reason="台风"),
    CaseResumed(**CASE, deadline=DUE),
    CaseSupervised(**CASE, by="例统筹", reason="多次超期"),
    DispatchRequested(**CASE, department="housing", role="lead", deadline=DUE, task="查看屋面防水层"),
    DispatchAccepted(**CASE, department="housing"),
    DispatchReturned(**CASE, department="housing", reason="不属我局"),
    DispatchProgressed(**CASE, department="housing", note="材料已到"),
    DispatchDone(**CASE, department="housing", answer="防水层已重做"),
    DispatchWithdrawn(**CASE, department="housing", reason="已由居民自行解决"),
    TaskAssigned(**CASE, task_id=NEED, unit="sanchajie/jinpu/lianbang", work="腾出楼道", deadline=DUE),
    TaskDone(**CASE, task_id=NEED, unit="sanchajie/jinpu/lianbang", outcome="已腾出"),
    TaskCancelled(**CASE, task_id=NEED, unit="sanchajie/jinpu/lianbang", reason="不再需要"),
    MeetingCalled(
        **MEETING,
        kind=MeetingKind.ON_SITE,
        title="屋顶漏水现场办公会",
        place="联邦新城3号楼",
        starts_at=AT,
        ends_at=DUE,
        agenda=("查看现场", "商定方案"),
    ),
    MeetingHeld(**MEETING, title="屋顶漏水现场办公会", minutes="商定整体翻修", decisions=2),
    MeetingCancelled(**MEETING, title="屋顶漏水现场办公会", reason="台风"),
    NeedOpened(**HELP, wanted=3, until=DUE),
    NeedClaimed(**HELP, claimed=1, wanted=3),
    NeedClosed(**HELP, claimed=3, wanted=3),
    UnitChanged(
        category="general.other",
        area="sanchajie/shangdu/lianbang",
        revision=2,
        unit={
            "path": "sanchajie/shangdu/lianbang",
            "level": "compound",
            "name": {"zh_hans": "联邦新城", "en": "Lianbang New Town"},
            "location": {"lat": 26.0385, "lon": 119.3252},
        },
        former="sanchajie/jinpu/lianbang",
    ),
    CategoryChanged(
        category="facility.roof-leak",
        area="sanchajie",
        version=2,
        content={"code": "facility.roof-leak", "name": {"zh_hans": "屋顶漏水", "en": "Roof leak"}},
    ),
)
"""The data of each event type, once."""


def example_of(kind: EventType, number: int = 1) -> Event[EventData]:
    """Return the example of an event type in its envelope; ``number`` is its id and its sequence."""
    [data] = [one for one in EXAMPLES if type(one) is kind.model]
    return new_event(data, id=UUID(int=number), sequence=number, time=AT, traceparent=TRACE)
