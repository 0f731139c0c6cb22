"""Who moves a case, and what they may do to it."""

from dataclasses import dataclass, field
from enum import Enum, auto

from routing.domain.approvals import approver
from routing.domain.case import Case
from routing.domain.states import Action


class NotResponsibleError(Exception):
    """Somebody wants to do to a case what is not theirs to do."""


class Party(Enum):
    """Who may do something: those who have the case, those above it, or those who look after its area."""

    OWNER = auto()
    ABOVE = auto()
    INSPECTOR = auto()


PARTIES = {
    Action.DELEGATE: Party.OWNER,
    Action.TRANSFER: Party.ABOVE,
    Action.EXTEND: Party.ABOVE,
    Action.REFUSE: Party.ABOVE,
    Action.SUPERVISE: Party.ABOVE,
    Action.ROUTE: Party.ABOVE,
    Action.VERIFY: Party.INSPECTOR,
    Action.REOPEN: Party.INSPECTOR,
    Action.CLOSE: Party.INSPECTOR,
}
"""Who may do what; what is not here is the owner's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who moves cases: those they handle, where ``handles``, and those of the units that they oversee.

    ``units`` are the grid units whose persons they are one of, ``oversees`` the paths that a supervisor watches over
    and ``inspects`` those where staff may look whether work is done; each covers all units beneath it.
    """

    id: str
    name: str = field(repr=False)
    handles: bool = False
    units: tuple[str, ...] = ()
    oversees: tuple[str, ...] = ()
    inspects: tuple[str, ...] = ()

    def require(self, action: Action, case: Case) -> None:
        """Refuse what is not the actor's to do.

        Raises:
            NotResponsibleError: it is not.
        """
        party = PARTIES.get(action, Party.OWNER)
        if not {Party.OWNER: self.owns, Party.ABOVE: self.is_above, Party.INSPECTOR: self.looks_at}[party](case):
            raise NotResponsibleError

    def owns(self, case: Case) -> bool:
        """Tell whether the actor handles a case or oversees its unit.

        Whoever still answers for a case that went to somebody else has no say in it any more.
        """
        handles = self.handles and self.id == case.handler.id
        return handles or _covered(case.unit, self.oversees)

    def is_above(self, case: Case) -> bool:
        """Tell whether the actor oversees the unit above the case's, or is a person of one above."""
        above = approver(case.unit)
        return _covered(above, self.oversees) or (self.handles and _covered(above, self.units))

    def looks_at(self, case: Case) -> bool:
        """Tell whether the actor may look whether the work is done."""
        return _covered(case.unit, self.inspects) or _covered(case.area, self.inspects) or self.is_above(case)

    def works_for(self, unit: str) -> bool:
        """Tell whether the actor is a person of a unit or oversees it."""
        return (self.handles and unit in self.units) or _covered(unit, self.oversees)


SYSTEM = Actor(id="system", name="")
"""Whoever moves a case because of an event or of time; moves nothing by hand."""


def _covered(unit: str, areas: tuple[str, ...]) -> bool:
    return any(unit == area or unit.startswith(f"{area}/") for area in areas)
