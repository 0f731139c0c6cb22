"""What routing says of the grid and the catalogue, so that every service names units and categories as they are now.

A unit is ordered by its path, which is ``area``, and a category by its code, which is ``category``.
"""

from typing import Any

from pydantic import Field

from linli.contracts.words import AreaPath, EventData


class UnitChanged(EventData):
    """A unit of the grid is new, has changed or is closed; ``category`` says nothing here."""

    revision: int = Field(ge=1, description="The grid's after the change")
    unit: dict[str, Any] = Field(description="The unit as the grid's file writes it; for a closed one, as it was")
    closed: bool = False
    successor: AreaPath | None = Field(default=None, description="Where the cases of a closed unit go")
    former: AreaPath | None = Field(default=None, description="The path that it had before it moved")


class CategoryChanged(EventData):
    """A category is new, has changed or is gone; ``area`` is the top of the grid."""

    version: int = Field(ge=1, description="The catalogue's after the change")
    content: dict[str, Any] | None = Field(
        description="The category as the catalogue's file writes it; absent where the catalogue has it no longer"
    )
