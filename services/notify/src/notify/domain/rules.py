"""Which event tells whom what."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, RootModel, model_validator

from linli.contracts import CATALOGUE


class Role(StrEnum):
    """What somebody is to an issue."""

    REPORTER = "reporter"
    HANDLER = "handler"


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


def recipient_of(role: Role, *, unit: str | None, reporter_key: str) -> str | None:
    """Return whose inbox a message goes to, or None while nobody has the role.

    What is for the handler goes to their post, the unit: whoever holds it reads on when the person changes.
    """
    if role is Role.REPORTER:
        return f"reporter:{reporter_key}"
    return None if unit is None else f"post:{unit}"
