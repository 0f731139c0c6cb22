"""What callers send to move a case."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, model_validator

from linli.chassis.text import PlainText
from linli.contracts import AreaPath, Satisfaction, Slug
from linli.contracts.clocks import Wish
from routing.domain.dispatching import MAX_WORK
from routing.domain.moves import MAX_OUTCOME, MAX_REASON

Reason = Annotated[PlainText, Field(min_length=1, max_length=MAX_REASON)]
Work = Annotated[PlainText, Field(min_length=1, max_length=MAX_WORK)]

STRICT = ConfigDict(extra="forbid")


class ResolveCase(BaseModel):
    """What the handler did."""

    model_config = STRICT

    outcome: Annotated[PlainText, Field(min_length=1, max_length=MAX_OUTCOME)]


class Reasoned(BaseModel):
    """Why somebody does it."""

    model_config = STRICT

    reason: Reason


class GiveCase(Reasoned):
    """To which unit the case goes, and to whom there; without a person, to the first one."""

    unit: AreaPath
    person: Slug | None = None


class AskForTime(Reasoned):
    """A later deadline (``extend``), or a stopped clock (``suspend``), until a moment."""

    wish: Wish
    until: AwareDatetime


class Inspection(BaseModel):
    """What somebody saw who looked whether it is done: a note, a photo or both."""

    model_config = STRICT

    done: bool
    note: Annotated[PlainText, Field(min_length=1, max_length=MAX_REASON - 520)] | None = None
    photo: Annotated[HttpUrl, Field(max_length=500, description="Where the photo is kept")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.note is None and self.photo is None:
            raise ValueError("a note or a photo is needed")
        return self

    @property
    def seen(self) -> str:
        """What history keeps of it."""
        return " · ".join(str(part) for part in (self.note, self.photo) if part is not None)


class PersonalVisit(BaseModel):
    """What the reporter answered."""

    model_config = STRICT

    contacted: bool
    solved: bool
    satisfaction: Satisfaction


class CallDepartment(BaseModel):
    """Which department is called, for what and by when; without a deadline, by the case's own."""

    model_config = STRICT

    department: Slug
    role: Literal["lead", "co"] = "co"
    task: Work
    deadline: AwareDatetime | None = None


class DispatchAnswer(BaseModel):
    """What a department says; accepting needs no text."""

    model_config = STRICT

    text: Annotated[PlainText, Field(max_length=MAX_WORK)] = ""


class AssignTask(BaseModel):
    """Which unit does which part of the work, by when."""

    model_config = STRICT

    unit: AreaPath
    work: Work
    deadline: AwareDatetime


class FinishTask(BaseModel):
    """What came of it."""

    model_config = STRICT

    outcome: Work
