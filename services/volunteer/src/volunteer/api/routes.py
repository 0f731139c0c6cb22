"""All routes of the service."""

from fastapi import APIRouter

from volunteer.api import assignments, duty, lines, needs, people, shifts, teams, wish_claims, wishes

router = APIRouter()
for part in (needs, people, teams, duty, wishes, wish_claims, lines, shifts, assignments):
    router.include_router(part.router)
