"""The departments and what each subscribes to."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from linli.contracts import AreaPath, Slug
from linli.contracts.words import SLUG
from linli.district.text import Text

Pattern = Annotated[str, StringConstraints(pattern=rf"^(?:{SLUG}|\*)\.(?:{SLUG}|\*)$", max_length=80)]
"""Two words joined by a dot; ``*`` stands for any one word."""


def matches(pattern: str, name: str) -> bool:
    """Tell whether a two-word name such as ``facility.roof-leak`` falls under a pattern such as ``facility.*``."""
    pairs = zip(pattern.split("."), name.split("."), strict=True)
    return all(wanted in ("*", word) for wanted, word in pairs)


class Subscription(BaseModel):
    """Which events a department receives: those of these kinds, categories and areas (with all beneath them)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Pattern, ...] = Field(min_length=1)
    categories: tuple[Pattern, ...] = Field(min_length=1)
    areas: tuple[AreaPath, ...] = Field(min_length=1)

    def covers(self, category: str) -> bool:
        """Tell whether events of a category code fall under the subscription."""
        return any(matches(pattern, category) for pattern in self.categories)


class Department(BaseModel):
    """A department that can be called to a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    name: Text
    subscription: Subscription
