"""All routes of the service."""

from fastapi import APIRouter

from volunteer.api import asking, assignments, duty, lines, needs, people, planning, shifts, teams, wish_claims, wishes

router = APIRouter()
for part in (needs, asking, people, teams, duty, wishes, wish_claims, lines, shifts, assignments, planning):
    router.include_router(part.router)
