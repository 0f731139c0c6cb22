"""A city for tests and measurements: invented, of the size that the suite is built for, the same for a seed.

20 sub-districts of 10 communities of 10 compounds of 10 buildings, all rectangles that tile; 300 categories in ten
majors and 200 overrides, one for each community.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from linli.contracts import Level, Slug, Stage
from linli.district import Category, Department, District, Override, Unit
from linli.district.calendars import DEFAULT_CALENDAR

WEST, SOUTH = 118.0, 26.0
BUILDING_DEGREES = (0.0005, 0.0003)

# How many units each level has of the next one, from west to east and from south to north.
SHAPE = (
    (Level.SUBDISTRICT, 5, 4),
    (Level.COMMUNITY, 2, 5),
    (Level.COMPOUND, 5, 2),
    (Level.BUILDING, 2, 5),
)
LETTERS = {Level.SUBDISTRICT: "s", Level.COMMUNITY: "c", Level.COMPOUND: "g", Level.BUILDING: "b"}
PERSONS = {Level.SUBDISTRICT: 3, Level.COMMUNITY: 3, Level.COMPOUND: 2, Level.BUILDING: 1}

MAJORS = ("facility", "environment", "safety", "order", "service", "property", "hardship", "dispute", "road", "general")
MINORS = 30
DEPARTMENTS = 11
OVERRIDES = 200

DAY_DUTY = {"weekly": ["mon-fri 08:30-17:30"]}
NIGHTS = {"weekly": ["mon-sun 22:00-06:00"]}
FLOODS = {"from": "05-01", "to": "09-30"}
DETAIL = {"persons-trapped": ["yes"]}


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle counted in buildings."""

    column: int
    row: int
    columns: int
    rows: int

    def parts(self, across: int, up: int) -> Iterator["Block"]:
        """Return the rectangles of which this one consists, from the south-west."""
        columns, rows = self.columns // across, self.rows // up
        for index in range(across * up):
            row, column = divmod(index, across)
            yield Block(self.column + column * columns, self.row + row * rows, columns, rows)

    def outline(self) -> dict[str, Any]:
        """Return the ground as GeoJSON; neighbours have corners in common to the last digit."""
        west, east = (WEST + column * BUILDING_DEGREES[0] for column in (self.column, self.column + self.columns))
        south, north = (SOUTH + row * BUILDING_DEGREES[1] for row in (self.row, self.row + self.rows))
        ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return {"type": "Polygon", "coordinates": [ring]}


def city(seed: int = 0) -> District:
    """Return the city of a seed, in some seconds."""
    chance = Random(seed)  # noqa: S311 - the same city for the same seed is what is wanted
    across, up = (_product(position) for position in (1, 2))
    units = list(_units("", Block(0, 0, across, up), 0, chance))
    tops = tuple(unit.path for unit in units if unit.parent is None)
    communities = [unit.path for unit in units if unit.level is Level.COMMUNITY]
    categories = list(_categories(chance))
    return District(
        units={unit.path: unit for unit in units},
        categories={category.code: category for category in categories},
        departments={slug: _department(slug, tops) for slug in map(_slug, range(DEPARTMENTS))},
        calendars={DEFAULT_CALENDAR.code: DEFAULT_CALENDAR},
        overrides=tuple(_overrides(communities, [category.code for category in categories], chance)),
    )


def _product(position: int) -> int:
    product = 1
    for one in SHAPE:
        product *= int(one[position])
    return product


def _slug(number: int) -> Slug:
    return f"department-{number}"


def _department(slug: str, areas: tuple[str, ...]) -> Department:
    everything = {"events": ["case.*", "dispatch.*"], "categories": ["*.*"], "areas": areas}
    return Department.model_validate({"slug": slug, "name": _named(slug), "subscription": everything})


def _named(name: str) -> dict[str, str]:
    return {"zh_hans": f"例{name}", "zh_hant": f"例{name}", "en": f"Example {name}"}


def _units(above: str, block: Block, depth: int, chance: Random) -> Iterator[Unit]:
    if depth == len(SHAPE):
        return
    level, across, up = SHAPE[depth]
    for number, part in enumerate(block.parts(across, up), start=1):
        path = f"{above}/{LETTERS[level]}{number}" if above else f"{LETTERS[level]}{number}"
        yield Unit.model_validate(
            {
                "path": path,
                "level": level,
                "name": _named(path),
                "outline": part.outline(),
                "persons": _persons(path, PERSONS[level], chance),
            }
        )
        yield from _units(path, part, depth + 1, chance)


def _persons(path: str, count: int, chance: Random) -> list[dict[str, Any]]:
    """Return the persons of a unit: of several, some have office hours and the next one as a deputy."""
    ids = [f"{path.replace('/', '-')}-p{number}" for number in range(count)]
    persons: list[dict[str, Any]] = [{"id": one, "name": "例某", "post": _named(path)} for one in ids]
    for person, deputy in zip(persons, ids[1:], strict=False):
        if chance.random() < 1 / 2:
            person |= {"duty": [DAY_DUTY], "deputy": deputy}
    return persons


def _categories(chance: Random) -> Iterator[Category]:
    for major in MAJORS:
        for minor in ("other", *(f"minor-{number}" for number in range(1, MINORS))):
            lead, second = chance.sample(range(DEPARTMENTS), 2)
            hours = {"amount": chance.choice((4, 24, 72)), "kind": "clock-hours"}
            yield Category.model_validate(
                {
                    "code": f"{major}.{minor}",
                    "name": _named(f"{major} {minor}"),
                    "authority": chance.choice([level for level, _, _ in SHAPE]),
                    "department": _slug(lead),
                    "co_departments": [_slug(second)] if chance.random() < 1 / 3 else [],
                    "limits": {stage.value: hours for stage in Stage},
                    "closing_condition": _named("done"),
                    "volunteers": chance.choice((0, 0, 0, 5)),
                }
            )


def _overrides(communities: list[str], categories: list[str], chance: Random) -> Iterator[Override]:
    for number, area in enumerate(chance.sample(communities, OVERRIDES)):
        pattern = chance.choice([chance.choice(categories), f"{chance.choice(MAJORS)}.*", f"{chance.choice(MAJORS)}.*"])
        conditions: dict[str, Any] = chance.choice([{}, {"when": [NIGHTS]}, {"when": [FLOODS]}, {"attributes": DETAIL}])
        yield Override.model_validate(
            {
                "code": f"rule-{number}",
                "name": _named(f"rule {number}"),
                # A few are about everything.
                "categories": ["*.*"] if number % 50 == 0 else [pattern],
                "areas": [area],
                "urgency": chance.choice(("urgent", "emergency")),
                "authority": chance.choice((Level.COMMUNITY, Level.SUBDISTRICT)),
                **conditions,
            }
        )
