"""The words that bodies of several resources are made of."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from linli.chassis.cursor import Cursor
from linli.chassis.text import PlainText
from linli.contracts import AreaPath, Slug
from linli.district.known import KnownDistrict
from volunteer.domain.faults import FieldError

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Between these lies what callers may name: days can be added to it and taken away."""


def _in_utc(moment: datetime) -> datetime:
    if not FIRST <= moment < LAST:
        raise ValueError("lies outside of the years from 1970 to 2999")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, told in UTC."""

Line = Annotated[PlainText, Field(min_length=1, max_length=200)]
Lines = Annotated[PlainText, Field(max_length=2000)]
Codes = Annotated[list[Slug], Field(max_length=50)]


class Body(BaseModel):
    """What a caller sends; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(from_attributes=True)


class IdCursor(Cursor):
    """Lists by id."""

    id: UUID


def placed(area: AreaPath, district: KnownDistrict) -> str:
    """Return the unit of today that a path stands for.

    Raises:
        FieldError: the grid has none.
    """
    present = district.present(area)
    if present not in district.units:
        raise FieldError("area", "the grid has no such unit")
    return present


def distinct(words: list[str]) -> tuple[str, ...]:
    """Return words without those that are there twice, in order."""
    return tuple(sorted(set(words)))
