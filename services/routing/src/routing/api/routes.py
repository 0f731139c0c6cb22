"""All routes of the service."""

from fastapi import APIRouter

from routing.api import (
    cases,
    catalogue,
    district,
    grid,
    indicators,
    meetings,
    moves,
    parts,
    rates,
    reroutings,
    tasks,
    units,
)

router = APIRouter()
for part in (cases, moves, parts, tasks, district, grid, units, catalogue, rates, indicators, reroutings, meetings):
    router.include_router(part.router)
router.include_router(meetings.changing)
router.include_router(units.changing)
