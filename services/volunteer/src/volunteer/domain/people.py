"""Volunteers: what they say of themselves, and what others have to say for them."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from volunteer.domain.availability import Availability
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.eligibility import age_on

OLDEST = 120
YOUNGEST = 8
"""Below, nobody is a person with limited capacity, who may volunteer with a guardian's consent (Civil Code, 19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a volunteer tells; its repr shows none of it.

    ``area`` is the unit where they live, from which they come as far as ``radius_m``. ``born`` is None where they
    state that they are of age. ``minutes_a_month`` caps what they are asked for.
    """

    name: str
    area: str
    radius_m: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    availability: Availability
    minutes_a_month: int | None
    born: date | None
    consents: bool

    def __repr__(self) -> str:
        return "Profile(…)"

    def check(self, today: date) -> None:
        """Refuse what cannot be.

        Raises:
            FieldError: the date of birth is too long ago or too recent.
        """
        if self.born is not None and not YOUNGEST <= age_on(self.born, today) <= OLDEST:
            raise FieldError("born", f"a volunteer is from {YOUNGEST} to {OLDEST} years old")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    """A volunteer. ``subject`` is that of their token, None for somebody whom staff registered and who has none.

    ``number`` is what statements and lists call them by. ``guardian`` names who is responsible for a minor.
    """

    id: UUID
    subject: str | None
    number: str
    profile: Profile
    guardian: str | None
    consented_at: datetime | None
    registered_at: datetime
    version: int

    def __repr__(self) -> str:
        return f"Volunteer(id={self.id!r}, number={self.number!r})"


def new_number() -> str:
    """Return a fresh volunteer number: 60 random bits, so that nobody counts volunteers or guesses one."""
    return "V" + b32encode(secrets.token_bytes(8)).decode()[:12]
