"""All routes of the service."""

from fastapi import APIRouter

from volunteer.api import duty, lines, needs, people, shifts, teams, wishes

router = APIRouter()
for part in (needs, people, teams, duty, wishes, lines, shifts):
    router.include_router(part.router)
