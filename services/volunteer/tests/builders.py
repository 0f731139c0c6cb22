"""Events for tests, as routing says them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from linli.contracts import CaseClosed, CaseReopened, CaseRouted, Event, EventData, Handler, Level, new_event

AREA = "sanchajie/jinpu/lianbang/b3"
CATEGORY = "facility.stair-light"
HANDLER = Handler(id="li-sanhe", name="例三和", post="楼栋长")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


def routed(
    case_id: UUID,
    *,
    wanted: int = 3,
    area: str = AREA,
    category: str = CATEGORY,
    deadline: datetime = MONDAY,
    confidential: bool = False,
) -> CaseRouted:
    return CaseRouted(
        case_id=case_id,
        category=category,
        area=area,
        level=Level.BUILDING,
        unit=area,
        handler=HANDLER,
        deadline=deadline,
        lead_department="housing",
        hops=0,
        volunteers_wanted=wanted,
        confidential=confidential,
    )


def reopened(case_id: UUID, *, deadline: datetime) -> CaseReopened:
    return CaseReopened(case_id=case_id, category=CATEGORY, area=AREA, handler=HANDLER, deadline=deadline)


def closed(case_id: UUID) -> CaseClosed:
    return CaseClosed(case_id=case_id, category=CATEGORY, area=AREA, unit=AREA, level=Level.BUILDING, on_time=True)


def event(data: EventData, sequence: int = 1) -> Event[EventData]:
    return new_event(data, id=uuid4(), sequence=sequence, time=MONDAY)
