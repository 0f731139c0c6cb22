"""Why somebody does something, and why somebody does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ReasonCode(StrEnum):
    """The first group forbids a match, the second speaks for one, the third says how the plan came out."""

    NO_CONSENT = "no-consent"
    OUT_OF_REACH = "out-of-reach"
    UNDER_AGE = "under-age"
    NO_GUARDIAN = "no-guardian"
    SKILL_MISSING = "skill-missing"
    QUALIFICATION_MISSING = "qualification-missing"
    QUALIFICATION_EXPIRED = "qualification-expired"
    LANGUAGE_MISSING = "language-missing"
    NOT_IN_TEAM = "not-in-team"
    NOT_FREE = "not-free"
    OVERLAPS_ACCEPTED = "overlaps-accepted"
    HOURS_CAP = "hours-cap"

    SKILLS_FIT = "skills-fit"
    NEAR = "near"
    RELIABLE = "reliable"
    KNOWN = "known"
    RESTED = "rested"
    ALREADY_LOADED = "already-loaded"
    KEPT = "kept"

    ACCEPTED = "accepted"
    ONE_OF = "one-of"
    CLOSED = "closed"
    FULL = "full"
    GIVEN_ELSEWHERE = "given-elsewhere"
    OTHERS_CHOSEN = "others-chosen"
    NOTHING_FITS = "nothing-fits"
    NOBODY_FITS = "nobody-fits"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with the figures of its sentence: ``count`` of people or slots, ``points`` for or against."""

    code: ReasonCode
    figures: Mapping[str, int | str] = field(default_factory=dict)
