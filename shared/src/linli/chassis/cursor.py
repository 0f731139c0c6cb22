"""Lists in pages: an opaque cursor says after which row the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linli.chassis.problems import ProblemError

Item = TypeVar("Item")

After = Annotated[str | None, Query(max_length=512, description="`next` of the page before")]
"""The cursor, as a parameter of a route."""

Limit = Annotated[int, Query(ge=1, le=200, description="Most items of a page")]
"""The size of a page, as a parameter of a route; give it a default."""


class Cursor(BaseModel):
    """The sort key of the last row of a page; a list declares its own, with the fields that it is sorted by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encode(self) -> str:
        """Return the cursor as clients see it."""
        return urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the cursor in ``text``.

        Raises:
            ProblemError: 422, it is not a cursor of this list.
        """
        try:
            return cls.model_validate_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValueError, ValidationError):
            raise ProblemError(422, "invalid-cursor", "The cursor is not one of this list") from None


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="Give it as `after` to get the next page; absent on the last one")
