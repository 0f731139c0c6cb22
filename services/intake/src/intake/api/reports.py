"""From what the API takes to a report."""

from intake.api.problems import refused
from intake.api.schemas import IssueCreate, IssueFound
from intake.domain.issue import Source
from intake.usecases import Report
from linli.chassis.auth import Principal
from linli.chassis.contacts import Contact
from linli.chassis.idempotency import IdempotencyKey
from linli.district.known import KnownDistrict

SHORTEST_SHARED_KEY = 16


def check_shared(key: IdempotencyKey | None, principal: Principal | None) -> None:
    """Refuse a key that is too short for the room that all callers without a token share.

    Raises:
        ProblemError: 422.
    """
    if key is not None and principal is None and len(key.key) < SHORTEST_SHARED_KEY:
        raise refused("Idempotency-Key", f"without a token at least {SHORTEST_SHARED_KEY} characters")


def report_of(body: IssueFound, *, language: str, district: KnownDistrict) -> Report:
    """Return the report that a body is; ``language`` is the reader's, for one that names none."""
    reporter = body.reporter
    return Report(
        description=body.description,
        category=body.category,
        area=None if body.area is None else district.present(body.area),
        location=body.location,
        address=body.address,
        contact=Contact(reporter.name, reporter.contact) if reporter and (reporter.name or reporter.contact) else None,
        source=body.source if isinstance(body, IssueCreate) else Source.VISIT,
        language=body.language or language,
        attributes=body.attributes,
        made_at=body.made_at,
    )
