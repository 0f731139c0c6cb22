"""The grid and the catalogue in the reader's language."""

from typing import Self

from pydantic import BaseModel

from linli.contracts import Level
from linli.district import LEVEL_NAMES, Category, Department, District, LimitKind, Person, Unit
from routing.domain.explanation import LIMIT_KINDS


class PersonRead(BaseModel):
    """Somebody responsible for a unit."""

    id: str
    name: str
    post: str

    @classmethod
    def of(cls, person: Person, language: str) -> Self:
        """Return a person with their post in a language."""
        return cls(id=person.id, name=person.name, post=person.post.in_language(language))


class UnitRead(BaseModel):
    """A unit of the grid; the first of ``persons`` handles its cases."""

    path: str
    parent: str | None
    level: Level
    level_name: str
    name: str
    persons: list[PersonRead]

    @classmethod
    def of(cls, unit: Unit, language: str) -> Self:
        """Return a unit with its names in a language."""
        return cls(
            path=unit.path,
            parent=unit.parent,
            level=unit.level,
            level_name=LEVEL_NAMES[unit.level].in_language(language),
            name=unit.name.in_language(language),
            persons=[PersonRead.of(person, language) for person in unit.persons],
        )


class DepartmentRead(BaseModel):
    """A department."""

    slug: str
    name: str

    @classmethod
    def of(cls, department: Department, language: str) -> Self:
        """Return a department with its name in a language."""
        return cls(slug=department.slug, name=department.name.in_language(language))


class TimeLimitRead(BaseModel):
    """A time limit; ``unit`` says in words what ``kind`` counts."""

    amount: int
    kind: LimitKind
    unit: str


class CategoryRead(BaseModel):
    """A category: who may settle its matters, which departments are called, by when."""

    code: str
    name: str
    authority: Level
    authority_name: str
    lead_department: DepartmentRead
    co_departments: list[DepartmentRead]
    time_limit: TimeLimitRead
    confidential: bool
    volunteers_wanted: int
    closing_condition: str

    @classmethod
    def of(cls, category: Category, district: District, language: str) -> Self:
        """Return a category with its names in a language."""
        limit = category.limits.handle
        lead, *others = [DepartmentRead.of(district.departments[slug], language) for slug in category.departments]
        return cls(
            code=category.code,
            name=category.name.in_language(language),
            authority=category.authority,
            authority_name=LEVEL_NAMES[category.authority].in_language(language),
            lead_department=lead,
            co_departments=others,
            time_limit=TimeLimitRead(
                amount=limit.amount, kind=limit.kind, unit=LIMIT_KINDS[limit.kind].in_language(language).strip()
            ),
            confidential=category.confidential,
            volunteers_wanted=category.volunteers,
            closing_condition=category.closing_condition.in_language(language),
        )
