"""Where the databases of the services are: options of the command, or the services' own variables."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from linli.messaging.postgres_url import asyncpg_url
from linli.messaging.refusal import BusError
from linli.messaging.suite import SERVICES

Databases = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        metavar="SERVICE=URL",
        help="The database of a service, such as intake=postgresql://...; may be repeated. Without it what "
        "INTAKE_DATABASE_URL and the like say.",
    ),
]


def variable_of(service: str) -> str:
    """Return the name of the variable that tells a service its database."""
    return f"{service.upper()}_DATABASE_URL"


def database_urls(given: Sequence[str]) -> Mapping[str, str]:
    """Return the URL of each service whose database is known.

    Raises:
        BusError: no such service, or no URL.
    """
    urls = {name: url for name in SERVICES if (url := os.environ.get(variable_of(name)))}
    for one in given:
        name, separator, url = one.partition("=")
        if not separator or "/" in name:
            raise typer.BadParameter("is like intake=postgresql://...", param_hint="--database")
        urls[known_service(name)] = url
    for name, url in urls.items():
        try:
            asyncpg_url(url)
        except ValueError as error:
            raise BusError(f"the database of {name} {error}") from None
    return urls


def known_service(name: str) -> str:
    """Return the name of a service.

    Raises:
        BusError: it is none.
    """
    if name not in SERVICES:
        raise BusError(f"no service {name!r}; there are {', '.join(SERVICES)}")
    return name
