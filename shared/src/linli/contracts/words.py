"""The words that every event is routed by."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*"

Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$", max_length=64)]
"""One word of a routing key: lower-case letters and digits, joined by single hyphens."""

CategoryCode = Annotated[str, StringConstraints(pattern=rf"^{SLUG}\.{SLUG}$", max_length=80)]
"""``major.minor``, for example ``facility.roof-leak``."""

AreaPath = Annotated[str, StringConstraints(pattern=rf"^{SLUG}(?:/{SLUG})*$", max_length=120)]
"""Codes of grid units from the top, for example ``sanchajie/jinpu/lianbang/b3``."""


Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A title or the like, on one line."""

Sealed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=1000)]
"""Somebody who is to be told, encrypted anew each time: only who tells them can open it, and nobody compare two."""


class EventData(BaseModel):
    """What every event says: which kind of matter, and where.

    Unknown fields are ignored, so that a consumer survives a producer that is one release ahead.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    category: CategoryCode
    area: AreaPath

    def addressees(self) -> tuple[str, ...]:
        """Return the departments that it is addressed to, whatever they subscribe to."""
        return ()
