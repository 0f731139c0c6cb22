"""Where a matter would go by other rules than today's."""

from dataclasses import dataclass, replace

from linli.contracts import Level
from linli.district import TimeLimit
from routing.domain.decision import decide
from routing.domain.matter import Matter
from routing.domain.rulebook import Rulebook
from routing.domain.terms import terms_of


@dataclass(frozen=True, slots=True)
class Way:
    """Where a matter goes: who settles it, by which authority, with which departments, by when."""

    unit: str
    authority: Level
    departments: tuple[str, ...]
    limit: TimeLimit


def way_of(rulebook: Rulebook, matter: Matter) -> Way:
    """Return where a matter goes by some rules."""
    matter = replace(matter, area=rulebook.present(matter.area))
    decision = decide(rulebook.district, matter)
    return Way(
        unit=decision.unit,
        authority=terms_of(rulebook.district, matter).authority,
        departments=(decision.lead_department, *decision.co_departments),
        limit=decision.limit,
    )
