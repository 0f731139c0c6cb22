"""Cases and rulebooks for the tests of the domain."""

from datetime import UTC, datetime
from uuid import UUID

from linli.district import District
from routing.calendar import ChineseCalendar
from routing.domain import moves
from routing.domain.case import Case
from routing.domain.matter import Matter
from routing.domain.moves import Moved, accept
from routing.domain.opening import open_case
from routing.domain.rulebook import Rulebook

CASE_ID = UUID("019a0000-0000-7000-8000-000000000001")
OTHER_ID = UUID("019a0000-0000-7000-8000-000000000002")
NOW = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)
"""Ten o'clock on a Wednesday in China, an ordinary working day."""

LIANBANG = "sanchajie/jinpu/lianbang"
B3 = f"{LIANBANG}/b3"
B3_HEAD = "li-sanhe"
LIGHT = "facility.stair-light"
CALENDAR = ChineseCalendar()


def rules(district: District, unit: str | None = None, **changes: object) -> Rulebook:
    """The rulebook of a district, in which something of one unit is different."""
    if unit is not None:
        changed = district.unit(unit).model_copy(update=changes)
        district = district.model_copy(update={"units": {**district.units, unit: changed}})
    return Rulebook(district, CALENDAR)


def opening(
    rulebook: Rulebook,
    category: str = LIGHT,
    area: str = B3,
    *,
    at: datetime = NOW,
    case_id: UUID = CASE_ID,
    reported_at: datetime | None = None,
) -> Moved:
    return open_case(case_id, Matter(category, area, reported_at or at), at=at, rulebook=rulebook)


def opened(
    rulebook: Rulebook, category: str = LIGHT, area: str = B3, *, at: datetime = NOW, case_id: UUID = CASE_ID
) -> Case:
    return opening(rulebook, category, area, at=at, case_id=case_id)[0]


def accepted(rulebook: Rulebook, *, at: datetime = NOW, case_id: UUID = CASE_ID) -> Case:
    return accept(opened(rulebook, at=at, case_id=case_id))[0]


def resolve(case: Case, rulebook: Rulebook, outcome: str = "bulb replaced", *, at: datetime = NOW) -> Moved:
    return moves.resolve(case, outcome, by=case.handler.id, at=at, rulebook=rulebook)


def resolved(rulebook: Rulebook, *, at: datetime = NOW) -> Case:
    return resolve(accepted(rulebook), rulebook, at=at)[0]
