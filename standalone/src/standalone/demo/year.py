"""The year's issues, as `year.yaml` tells them."""

from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints

from linli.contracts import AreaPath, CategoryCode, Satisfaction

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Attempt(BaseModel):
    """What a handler did, and what the reporter answered when asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Sentence
    satisfaction: Satisfaction


class YearIssue(Attempt):
    """One issue of the year; ``rework`` is a first attempt that its reporter found unsolved."""

    month: int
    day: int
    category: CategoryCode
    area: AreaPath
    language: str
    text: Sentence
    rework: Attempt | None = None


def load_year() -> list[YearIssue]:
    """Return the issues in the order of the year."""
    content = yaml.safe_load((files("standalone") / "year.yaml").read_text(encoding="utf-8"))
    return [YearIssue.model_validate(entry) for entry in content["issues"]]
