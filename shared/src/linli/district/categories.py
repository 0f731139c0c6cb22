"""The catalogue of categories: what is reported, who may settle it, by when."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from linli.contracts import CategoryCode, Level, Slug
from linli.district.limits import StageLimits
from linli.district.overrides import Override, Urgency
from linli.district.questions import MOST_QUESTIONS, Question
from linli.district.text import Text

Keyword = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=40)]


class Category(BaseModel):
    """One kind of matter.

    ``authority`` is the lowest level that may settle it. ``department`` leads where departments are called and
    ``co_departments`` co-handle. ``volunteers`` is the number of helpers looked for, 0 for none. Descriptions of a
    ``confidential`` category never leave intake. ``questions`` are put to whoever reports one, in that order.
    ``overrides`` are asked before those of the whole district. For ``reopen_days`` after it is closed the reporter may
    say that it is not solved after all; 0 is never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: CategoryCode
    name: Text
    authority: Level
    department: Slug
    co_departments: tuple[Slug, ...] = ()
    limits: StageLimits
    urgency: Urgency = Urgency.NORMAL
    confidential: bool = False
    reopen_days: int = Field(default=15, ge=0, le=365)
    volunteers: int = Field(default=0, ge=0, le=1000)
    closing_condition: Text
    keywords: tuple[Keyword, ...] = ()
    questions: tuple[Question, ...] = Field(default=(), max_length=MOST_QUESTIONS)
    overrides: tuple[Override, ...] = ()

    @property
    def departments(self) -> tuple[str, ...]:
        """All departments of the category, the leading one first."""
        return (self.department, *self.co_departments)


def best_match(text: str, categories: Iterable[Category]) -> Category | None:
    """Return the category with the most keywords in ``text``, or None when no keyword occurs.

    Among equals the longer keywords win, then the earlier category. English keywords match whole words, Chinese
    ones anywhere.
    """
    text = text.lower()
    words = f" {' '.join(re.findall('[a-z0-9]+', text))} "
    best, best_score = None, (0, 0)
    for category in categories:
        hits = [word for word in category.keywords if (f" {word} " in words if word.isascii() else word in text)]
        score = (len(hits), sum(map(len, hits)))
        if score > best_score:
            best, best_score = category, score
    return best
