"""What the other services would tell of an issue."""

from datetime import UTC, datetime
from uuid import UUID

from linli.contracts import (
    CaseAccepted,
    CaseClosed,
    CaseReopened,
    CaseResolved,
    CaseRouted,
    CaseVerified,
    Handler,
    Level,
    NeedClaimed,
    UnitChanged,
)
from linli.district import load_district

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
CATEGORY, AREA = "facility.roof-leak", "sanchajie/jinpu/lianbang/b3"
HANDLER = Handler(id="li-jinpu", name="例锦心", post="社区网格长")


def routed(case: UUID) -> CaseRouted:
    return CaseRouted(
        category=CATEGORY,
        area=AREA,
        case_id=case,
        level=Level.COMMUNITY,
        unit="sanchajie/jinpu",
        handler=HANDLER,
        deadline=DUE,
        lead_department="housing",
        hops=0,
    )


def accepted(case: UUID) -> CaseAccepted:
    return CaseAccepted(category=CATEGORY, area=AREA, case_id=case, handler=HANDLER)


def resolved(case: UUID, outcome: str = "已补好屋面") -> CaseResolved:
    return CaseResolved(category=CATEGORY, area=AREA, case_id=case, handler=HANDLER, outcome=outcome)


def verified(case: UUID) -> CaseVerified:
    return CaseVerified(category=CATEGORY, area=AREA, case_id=case, by="return-visit")


def reopened(case: UUID) -> CaseReopened:
    return CaseReopened(category=CATEGORY, area=AREA, case_id=case, handler=HANDLER, deadline=DUE)


def closed(case: UUID) -> CaseClosed:
    return CaseClosed(
        category=CATEGORY, area=AREA, case_id=case, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True
    )


def claimed(case: UUID) -> NeedClaimed:
    return NeedClaimed(category=CATEGORY, area=AREA, need_id=case, issue_id=case, claimed=2, wanted=3)


def unit_changed(path: str, name: str, *, closed: bool = False, successor: str | None = None) -> UnitChanged:
    content = load_district().unit(path).model_dump(mode="json", exclude_defaults=True)
    content["name"] = {"zh_hans": name}
    return UnitChanged(
        category="general.other", area=path, revision=2, unit=content, closed=closed, successor=successor
    )
