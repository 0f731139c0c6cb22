"""`linli token`: a token of the local issuer, for embedded use and compose."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from linli.chassis.issuer import IssuerError, LocalIssuer

ROLES = ("staff", "handler", "supervisor", "volunteer", "department", "platform")


def print_token(
    key: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The issuer's key, such as .linli/issuer.json.")
    ],
    subject: Annotated[str, typer.Option(help="Who it speaks for: of a handler, the person's id in the grid.")],
    name: Annotated[str, typer.Option(help="What that person is called.")],
    role: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(ROLES)}; may be repeated.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Path of a grid unit with all beneath it; repeatable.")] = None,
    department: Annotated[str | None, typer.Option(help="Slug of the department.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help="How long it is valid.")] = 8,
) -> None:
    """Print a bearer token, signed with the key of the local issuer."""
    unknown = set(role or []) - set(ROLES)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: not one of {', '.join(ROLES)}", param_hint="--role")
    try:
        issuer = LocalIssuer.load_or_create(key)
    except IssuerError as error:
        raise typer.BadParameter(str(error), param_hint="--key") from None
    token = issuer.mint(
        subject,
        name=name,
        roles=role or [],
        areas=area or [],
        department=department,
        lifetime=timedelta(hours=hours),
    )
    print(token)  # noqa: T201 - what was asked for
