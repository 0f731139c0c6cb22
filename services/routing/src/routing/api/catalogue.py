"""The catalogue's versions: published, tried, read."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.etags import ETAG_HEADER, set_etag
from routing.api.callers import CurrentRulebooks, Overseer, Reader
from routing.api.edit_schemas import CatalogueChanged, CatalogueContent, CatalogueVersion
from routing.api.edits import CurrentEdit, DryRun
from routing.api.uploads import CATALOGUE_TYPES, SentCatalogue, described
from routing.catalogue_changes import publish_catalogue
from routing.district_queries import VersionCursor, list_versions
from routing.district_store import read_catalogue
from routing.impact import measure

router = APIRouter(prefix="/v1/catalogue", tags=["district"])


@router.put("", responses=ETAG_HEADER, openapi_extra=described(CATALOGUE_TYPES))
async def publish_the_catalogue(
    edit: CurrentEdit,
    caller: Overseer,
    catalogue: SentCatalogue,
    connection: Transaction,
    rulebooks: CurrentRulebooks,
    response: Response,
    dry_run: DryRun = False,  # noqa: FBT002 - FastAPI passes by name
) -> CatalogueChanged:
    """Let what is sent be the catalogue from now on. Cases keep the version that they came under."""
    outcome = await publish_catalogue(connection, rulebooks, edit, catalogue, dry_run=dry_run)
    set_etag(response, outcome.version)
    if dry_run:
        impact = await measure(connection, caller, outcome.before, outcome.after, at=edit.at)
        return CatalogueChanged.of(outcome, impact)
    return CatalogueChanged.of(outcome)


@router.get("/versions")
async def list_catalogue_versions(
    _reader: Reader, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[CatalogueVersion]:
    """List the versions of the catalogue, the newest first."""
    cursor = VersionCursor.decode(after) if after is not None else None
    rows, following = await list_versions(connection, after=cursor, limit=limit)
    return Page(items=[CatalogueVersion.of(row) for row in rows], next=following and following.encode())


@router.get("/versions/{version}", responses=ETAG_HEADER)
async def read_catalogue_version(
    version: Annotated[int, Path(ge=1, lt=2**31)], _reader: Reader, connection: Reading, response: Response
) -> CatalogueContent:
    """Return a version of the catalogue with its content."""
    set_etag(response, version)
    return CatalogueContent.of(await read_catalogue(connection, version))
