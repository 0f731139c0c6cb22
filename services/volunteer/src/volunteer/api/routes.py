"""All routes of the service."""

from fastapi import APIRouter

from volunteer.api import duty, needs, people, teams, wishes

router = APIRouter()
for part in (needs, people, teams, duty, wishes):
    router.include_router(part.router)
