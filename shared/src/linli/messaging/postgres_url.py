"""A PostgreSQL URL as people write it, made into the one that the driver takes."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def asyncpg_url(given: str) -> str:
    """Return ``given``, a URL like ``postgresql://user:password@host:5432/database``, for the asyncpg driver.

    Raises:
        ValueError: it is no such URL; the message does not quote it, because it may hold a password.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise ValueError("must be a URL like postgresql://user:password@host:5432/database") from None
    if url.drivername not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError("must begin with postgresql://")
    if not url.database:
        raise ValueError("must name a database")
    url = url.set(drivername="postgresql+asyncpg")
    sslmode = url.query.get("sslmode")
    if isinstance(sslmode, str):
        # asyncpg knows libpq's parameter under another name.
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return url.render_as_string(hide_password=False)
