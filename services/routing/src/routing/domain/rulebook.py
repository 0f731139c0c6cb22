"""What decisions are made by: the district's rules and its working calendar."""

from dataclasses import dataclass, field

from linli.district import District
from routing.domain.deadline import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The grid, catalogue and departments of a district, and when its offices work."""

    district: District = field(repr=False)
    calendar: WorkingCalendar
