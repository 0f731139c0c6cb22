"""Which event tells whom what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, RootModel, model_validator

from linli.contracts import CATALOGUE, EventData


class Role(StrEnum):
    """What somebody is to an event.

    ``merged`` are the reporters of the issues that were merged into the one that it is about, ``above`` the unit over
    the case's, ``owner`` the unit that has a task, ``invited`` the units that come to a meeting.
    """

    REPORTER = "reporter"
    MERGED = "merged"
    HANDLER = "handler"
    ABOVE = "above"
    OWNER = "owner"
    INVITED = "invited"


class Rules(RootModel[Mapping[str, Mapping[Role, str]]]):
    """By event type, the template that each role is told by. Notify listens to the events that are named."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _known_events(self) -> "Rules":
        unknown = sorted(set(self.root) - set(CATALOGUE))
        if unknown:
            raise ValueError(f"no such event: {', '.join(unknown)}")
        return self

    @property
    def templates(self) -> frozenset[str]:
        """Every template that a rule names."""
        return frozenset(template for told in self.root.values() for template in told.values())


class Wording(BaseModel):
    """A message in one language: Jinja2 templates of its title and body."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    body: str


class Texts(RootModel[Mapping[str, Wording]]):
    """All messages in one language, by template."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whose inbox a message goes to; ``unit`` is set where it is a post, which is read by whoever holds it."""

    address: str
    unit: str | None = None


def reporter(key: str) -> Recipient:
    """Return the reporter with a key."""
    return Recipient(f"reporter:{key}")


def post(unit: str) -> Recipient:
    """Return whoever is responsible for a unit: they read on when the person changes."""
    return Recipient(f"post:{unit}", unit)


def posts(role: Role, data: EventData, unit: str | None) -> tuple[Recipient, ...]:
    """Return the posts that have a role in what an event says; ``unit`` is the one that has the case, if any."""
    match role:
        case Role.HANDLER:
            units: Iterable[str | None] = (unit,)
        case Role.ABOVE:
            units = (getattr(data, "above", None),)
        case Role.OWNER:
            units = (getattr(data, "unit", None),)
        case Role.INVITED:
            units = getattr(data, "units", ())
        case _:
            units = ()
    return tuple(post(each) for each in units if each is not None)
