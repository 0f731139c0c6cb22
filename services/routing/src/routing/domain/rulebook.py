"""What decisions are made by: the district's rules and its working calendars."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from linli.district import District
from routing.domain.deadline import WorkingCalendar
from routing.domain.grid_edits import end_of

HOP_LIMIT = 4
"""After so many changes of owner the next one is the top unit's."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The grid, catalogue and departments of a district, and when its offices work.

    ``catalogue_version`` is the catalogue's; ``successors`` lead from the units that are closed to those that have
    their cases. ``left`` are the persons who hold a post no more that they held once. ``calendars`` are those of the
    district by code; ``calendar`` is that of a unit whose own is not among them.
    """

    district: District = field(repr=False)
    calendar: WorkingCalendar
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict, repr=False)
    hop_limit: int = HOP_LIMIT
    catalogue_version: int = 1
    successors: Mapping[str, str] = field(default_factory=dict, repr=False)
    left: frozenset[str] = field(default=frozenset(), repr=False)

    def present(self, path: str) -> str:
        """Return the path of the unit that stands for one today: its own, or its successor's when it is closed.

        It is the top unit where successors run in a circle.
        """
        return end_of(self.successors, path) or self.district.top_of(path).path

    def calendar_of(self, unit: str) -> WorkingCalendar:
        """Return the calendar that the office of a unit works by: its own or the one inherited from above."""
        return self.calendars.get(self.district.calendar_of(unit).code, self.calendar)
