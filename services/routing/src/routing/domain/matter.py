"""What is to be decided about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Loads = Mapping[str, int]
"""How many cases each person has open, by the person's id; one who is not named has none."""

NO_LOADS: Loads = {}


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter of a category in an area at a moment; ``attributes`` are details that special rules may ask for.

    ``by_staff`` tells whether it was staff who reported it, on a visit.
    """

    category: str
    area: str
    at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    by_staff: bool = False

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a moment without a zone is no moment")
