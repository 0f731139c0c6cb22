"""The grid: units within units, each with the persons responsible for it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from linli.contracts import AreaPath, Handler, Level, Location, Slug
from linli.district.outlines import Outline
from linli.district.periods import Period
from linli.district.text import Text

LEVEL_NAMES = {
    Level.BUILDING: Text(zh_hans="楼栋", zh_hant="樓棟", en="building"),
    Level.COMPOUND: Text(zh_hans="小区", zh_hant="小區", en="compound"),
    Level.PRECINCT: Text(zh_hans="片区", zh_hant="片區", en="precinct"),
    Level.COMMUNITY: Text(zh_hans="社区", zh_hant="社區", en="community"),
    Level.SUBDISTRICT: Text(zh_hans="街道", zh_hant="街道", en="sub-district"),
}
"""What residents call each level."""

_RANKS = {level: rank for rank, level in enumerate(Level)}


def level_rank(level: Level) -> int:
    """Return the height of a level: 0 for a building, more for each level above."""
    return _RANKS[level]


class Person(BaseModel):
    """Somebody responsible for a unit, in their public office; ``language`` is the BCP 47 tag they read.

    Without ``duty`` they are always on duty, but never while they are ``absent``, on leave for example. ``deputy`` is
    the id of the person who stands in while they are not on duty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    post: Text
    language: str = Field(default="zh-Hans", max_length=16)
    duty: tuple[Period, ...] = ()
    absent: tuple[Period, ...] = ()
    deputy: Slug | None = None

    def is_on_duty(self, local: datetime) -> bool:
        """Tell whether they are on duty at a moment, in the zone of their unit."""
        on_duty = not self.duty or any(period.covers(local) for period in self.duty)
        return on_duty and not self.is_absent(local)

    def is_absent(self, local: datetime) -> bool:
        """Tell whether they are away at a moment, in the zone of their unit."""
        return any(period.covers(local) for period in self.absent)

    def as_handler(self) -> Handler:
        """Return the person as events name them, the post in their own language."""
        return Handler(id=self.id, name=self.name, post=self.post.in_language(self.language))


class Unit(BaseModel):
    """One node of the grid. The first of ``persons`` handles its cases unless duty or load speak for another.

    The cases of a ``closed`` unit are those of its ``successor``, of its parent where none is named. ``calendar`` is
    the code of the calendar that it works by, that of the unit above where none is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: AreaPath
    level: Level
    name: Text
    location: Location | None = None
    outline: Outline | None = None
    calendar: Slug | None = None
    closed: bool = False
    successor: AreaPath | None = None
    persons: tuple[Person, ...] = ()

    @property
    def code(self) -> str:
        """The last word of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str | None:
        """The path of the unit above; None for a top unit."""
        return self.path.rpartition("/")[0] or None
