"""Which event tells whom what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, RootModel, model_validator

from linli.contracts import CATALOGUE, EventData
from linli.district import District
from notify.domain.manners import USUAL, Manner


class Role(StrEnum):
    """What somebody is to an event.

    ``merged`` are the reporters of the issues that were merged into the one that it is about, ``above`` whoever is over
    the case's unit where the event calls for them, ``inspector`` the same to look at what is done, ``owner`` the unit
    that has a task, ``invited`` the units that come to a meeting, ``place`` whoever is responsible where it is.
    ``submitter``, ``holder`` and ``volunteer`` are those whom the event names sealed: who wrote down a wish, who
    claimed it, who comes to a shift or took a post.
    """

    REPORTER = "reporter"
    MERGED = "merged"
    HANDLER = "handler"
    ABOVE = "above"
    INSPECTOR = "inspector"
    OWNER = "owner"
    INVITED = "invited"
    PLACE = "place"
    SUBMITTER = "submitter"
    HOLDER = "holder"
    VOLUNTEER = "volunteer"


DIGEST = "department-digest"
"""The template of what a department is told each working day; no event tells it."""

TOGETHER = "several-messages"
"""The template of what was gathered for one address; likewise."""

CODE = "contact-code"
"""The template of what proves that an address is somebody's; likewise."""

SUSPENDED, UNREACHABLE = "address-suspended", "reader-unreachable"
"""The templates by which whoever gave an address, and staff, hear that nothing arrives there; likewise."""

BROADCAST = "broadcast"
"""The template of a notice to many; likewise."""

TOLD_BY_NONE = frozenset({DIGEST, TOGETHER, CODE, SUSPENDED, UNREACHABLE, BROADCAST})


class Quiet(BaseModel):
    """The quiet hours of those who have not said theirs; none where both are the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: time = time(22)
    ends: time = time(7)


class Rules(BaseModel):
    """By event type, the template that each role is told by. Notify listens to the events that are named.

    ``legal`` are the templates that must reach whoever they are for: nobody can mute them. ``manners`` say how those
    that have not the usual one are told outside of the app.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: Mapping[str, Mapping[Role, str]]
    legal: frozenset[str] = frozenset()
    manners: Mapping[str, Manner] = {}
    quiet_hours: Quiet = Quiet()

    @model_validator(mode="after")
    def _known_names(self) -> "Rules":
        unknown = sorted(set(self.events) - set(CATALOGUE))
        if unknown:
            raise ValueError(f"no such event: {', '.join(unknown)}")
        for what, named in (("legal", self.legal), ("has a manner", self.manners.keys())):
            untold = sorted(named - self.templates)
            if untold:
                raise ValueError(f"{what}, but no event tells it: {', '.join(untold)}")
        return self

    @property
    def templates(self) -> frozenset[str]:
        """Every template that a rule names, and those that no event tells."""
        return TOLD_BY_NONE | {template for told in self.events.values() for template in told.values()}

    def manner_of(self, template: str) -> Manner:
        """Return how a template is told."""
        return self.manners.get(template, USUAL)


class Wording(BaseModel):
    """A message in one language: Jinja2 templates of its title and body.

    ``channels`` has those of channels that are told in other words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    body: str
    channels: Mapping[str, "Wording"] = {}


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


def person(person_id: str) -> Recipient:
    """Return a person, whatever posts they hold."""
    return Recipient(f"person:{person_id}")


def department(slug: str) -> Recipient:
    """Return a department: whoever speaks for it reads its messages."""
    return Recipient(f"department:{slug}")


def named(role: Role, data: EventData) -> tuple[str, ...]:
    """Return those whom an event names in a role, still sealed."""
    match role:
        case Role.SUBMITTER | Role.VOLUNTEER:
            one = getattr(data, role, None)
        case Role.HOLDER:
            one = getattr(data, "holder", None)
            return (*([one] if one else ()), *getattr(data, "holders", ()))
        case _:
            one = None
    return (one,) if one else ()


def officials(
    role: Role, data: EventData, district: District, *, unit: str | None, handler: str | None
) -> tuple[Recipient, ...]:
    """Return the posts and persons that have a role in what an event says.

    ``unit`` and ``handler`` are those of the case, if any.
    """
    match role:
        case Role.HANDLER:
            return _who_handles(district, unit, handler)
        case Role.ABOVE:
            units: Iterable[str | None] = (_staffed(district, getattr(data, "above", None)),)
        case Role.INSPECTOR:
            units = (_staffed(district, unit and (unit.rpartition("/")[0] or unit)),)
        case Role.OWNER:
            units = (getattr(data, "unit", None),)
        case Role.INVITED:
            units = getattr(data, "units", ())
        case Role.PLACE:
            units = (_staffed(district, data.area),)
        case _:
            units = ()
    return tuple(post(each) for each in units if each is not None)


def _who_handles(district: District, unit: str | None, handler: str | None) -> tuple[Recipient, ...]:
    """Return the post, and the handler too where that is somebody else: a deputy, or somebody from above."""
    known = district.units.get(unit or "")
    persons = known.persons if known else ()
    told = [post(unit)] if unit is not None and (persons or handler is None) else []
    if handler is not None and all(one.id != handler for one in persons):
        told.append(person(handler))
    return tuple(told)


def _staffed(district: District, path: str | None) -> str | None:
    """Return the nearest unit with persons of its own, at or above a path; the path itself where there is none."""
    way = district.open_ancestry(path) if path is not None and path in district.units else ()
    return next((unit.path for unit in way if unit.persons), path)
