"""What a change would do: the same demand with and without it, over several seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from linli.contracts import Level
from linli.district import District, Unit
from routing.domain.rulebook import Rulebook
from routing.simulation.demand import Demand, arrivals
from routing.simulation.handling import handle
from routing.simulation.report import Report, report

# Student's t for 95 %, two-sided, by degrees of freedom from 1; beyond, it is taken for that of the last.
T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)

FURTHER = "further-handler"
"""The person that a change adds."""

Change = Callable[[District], District]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a figure changes on average, and the range that holds the true change with 95 % confidence."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The effect of a change; both runs of a seed meet the same reports."""

    late_share: Difference
    mean_hours: Difference


def one_more_handler(path: str) -> Change:
    """Return the change that gives a unit a further person, always on duty, like its first.

    Raises:
        KeyError: the grid has no such unit.
    """

    def change(district: District) -> District:
        unit = district.units[path]
        post = unit.persons[0].post if unit.persons else unit.name
        further = {"id": FURTHER, "name": "例增员", "post": post}
        staffed = Unit.model_validate(unit.model_dump() | {"persons": [*unit.persons, further]})
        return district.model_copy(update={"units": {**district.units, path: staffed}})

    return change


def other_authority(code: str, level: Level) -> Change:
    """Return the change that lets another level settle a category.

    Raises:
        KeyError: the catalogue has no such category.
    """

    def change(district: District) -> District:
        category = district.categories[code].model_copy(update={"authority": level})
        return district.model_copy(update={"categories": {**district.categories, code: category}})

    return change


def simulate(rulebook: Rulebook, demand: Demand, seed: int) -> Report:
    """Return the figures of one seed."""
    return report(rulebook, demand, handle(rulebook, arrivals(rulebook.district, demand, seed)))


def compare(before: Sequence[Report], after: Sequence[Report]) -> Comparison:
    """Return what a change does, from reports of the same seeds in the same order, two at least."""
    return Comparison(
        late_share=_difference([new.late_share - old.late_share for old, new in zip(before, after, strict=True)]),
        mean_hours=_difference([new.mean_hours - old.mean_hours for old, new in zip(before, after, strict=True)]),
    )


def _difference(differences: Sequence[float]) -> Difference:
    mean, freedom = fmean(differences), len(differences) - 1
    reach = T_95[min(freedom, len(T_95)) - 1] * stdev(differences) / sqrt(len(differences))
    return Difference(mean, mean - reach, mean + reach)
