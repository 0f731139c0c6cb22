"""All routes of the service."""

from fastapi import APIRouter

from routing.api import cases, district, moves, rates

router = APIRouter()
for part in (cases, moves, district, rates):
    router.include_router(part.router)
