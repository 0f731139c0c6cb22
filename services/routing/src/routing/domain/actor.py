"""Who moves a case, and which cases they may move."""

from dataclasses import dataclass, field

from linli.contracts import Handler
from routing.domain.case import Case


class NotResponsibleError(Exception):
    """Somebody wants to move a case that is not theirs."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who moves cases: those they handle, where ``handles``, and those of the units that they oversee.

    ``oversees`` are grid paths; each covers all units beneath it.
    """

    id: str
    name: str = field(repr=False)
    handles: bool = False
    oversees: tuple[str, ...] = ()

    def require_responsible(self, case: Case) -> None:
        """Refuse a case that is not the actor's to move.

        Raises:
            NotResponsibleError: they neither handle it nor oversee its unit.
        """
        if not (self._is(case.handler) or any(_lies_in(case.unit, area) for area in self.oversees)):
            raise NotResponsibleError

    def _is(self, handler: Handler) -> bool:
        return self.handles and handler.id == self.id


SYSTEM = Actor(id="system", name="")
"""Whoever moves a case because of an event; moves nothing by hand."""


def _lies_in(unit: str, area: str) -> bool:
    return unit == area or unit.startswith(f"{area}/")
