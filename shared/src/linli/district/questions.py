"""What a reporter is asked about a matter of a category."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from linli.contracts import Slug
from linli.district.text import Text

MOST_QUESTIONS = 20
"""Of one category; nobody answers more, and no event carries more answers."""

MOST_CHOICES = 50
"""Of one question."""


class AnswerKind(StrEnum):
    """What an answer is: a line, a text of several lines, a number, a time, or one or several of the choices."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    CHOICE = "choice"
    CHOICES = "choices"


WITH_CHOICES = frozenset({AnswerKind.CHOICE, AnswerKind.CHOICES})


class Choice(BaseModel):
    """One of the answers that a question offers; ``code`` is what rules and front ends know it by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Slug
    name: Text


class Question(BaseModel):
    """One question. Its ``code`` is the name of the attribute that keeps the answer; ``hint`` says how to give it.

    Without an answer to a ``required`` one a report that names the category is refused. ``choices`` are offered by
    the kinds that choose, and by no other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Slug
    name: Text
    kind: AnswerKind = AnswerKind.LINE
    required: bool = False
    hint: Text | None = None
    choices: tuple[Choice, ...] = Field(default=(), max_length=MOST_CHOICES)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its choices."""
        return frozenset(choice.code for choice in self.choices)

    @model_validator(mode="after")
    def _chooses_or_not(self) -> Self:
        if self.kind in WITH_CHOICES and not self.choices:
            raise ValueError(f"a {self.kind} needs choices")
        if self.kind not in WITH_CHOICES and self.choices:
            raise ValueError(f"a {self.kind} has no choices")
        if len(self.codes) < len(self.choices):
            raise ValueError("two choices have one code")
        return self
