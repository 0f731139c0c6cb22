"""All routes of the service."""

from fastapi import APIRouter

from volunteer.api import (
    asking,
    assignments,
    calendars,
    duty,
    events,
    lines,
    needs,
    people,
    planning,
    shifts,
    swaps,
    teams,
    wish_claims,
    wishes,
)

PARTS = (
    needs,
    asking,
    people,
    teams,
    duty,
    wishes,
    wish_claims,
    lines,
    shifts,
    assignments,
    swaps,
    events,
    calendars,
    planning,
)

router = APIRouter()
for part in PARTS:
    router.include_router(part.router)
