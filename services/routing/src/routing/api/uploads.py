"""Documents that callers send whole, read before the request takes a connection of the database."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from linli.chassis.problems import ProblemError
from linli.district import Unit
from linli.district.files import Catalogue, GridFormat
from routing.catalogue_documents import read_catalogue
from routing.grid_documents import read_grid

YAML = "application/yaml"
GEOJSON = "application/geo+json"

_YAMLS = dict.fromkeys((YAML, "application/x-yaml", "text/yaml", "text/x-yaml"), GridFormat.YAML)
GRID_TYPES = {**_YAMLS, GEOJSON: GridFormat.GEOJSON}
CATALOGUE_TYPES = {**_YAMLS, "application/json": GridFormat.YAML}


def described(types: Mapping[str, GridFormat]) -> dict[str, Any]:
    """Return what OpenAPI says of a body in one of some types."""
    content = {name: {"schema": {"type": "object"}} for name in types}
    return {"requestBody": {"required": True, "content": content}}


async def _grid(request: Request) -> Mapping[str, Unit]:
    form = _format(request, GRID_TYPES)
    return await asyncio.to_thread(read_grid, await request.body(), form)


async def _catalogue(request: Request) -> Catalogue:
    _format(request, CATALOGUE_TYPES)
    return await asyncio.to_thread(read_catalogue, await request.body())


SentGrid = Annotated[Mapping[str, Unit], Depends(_grid)]
"""The grid in the body, as the first parameter of a route."""

SentCatalogue = Annotated[Catalogue, Depends(_catalogue)]
"""The catalogue in the body, as the first parameter of a route."""


def _format(request: Request, types: Mapping[str, GridFormat]) -> GridFormat:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in types:
        raise ProblemError(
            415, "unsupported-media-type", "Unsupported media type", f"Send one of these: {', '.join(types)}."
        )
    return types[sent]
