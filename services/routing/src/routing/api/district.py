"""Reading the catalogue that holds."""

from fastapi import APIRouter

from linli.chassis.cursor import Page
from linli.chassis.language import Language
from routing.api.callers import CurrentRulebook, Reader
from routing.api.district_schemas import CategoryRead

router = APIRouter(prefix="/v1", tags=["district"])


@router.get("/categories")
async def list_categories(_reader: Reader, rulebook: CurrentRulebook, language: Language) -> Page[CategoryRead]:
    """List all categories."""
    district = rulebook.district
    items = [CategoryRead.of(category, district, language) for category in district.categories.values()]
    return Page(items=items, next=None)
