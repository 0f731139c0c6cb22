"""What was written down before it came in can have been so, or it cannot."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.domain.issue import Source
from intake.domain.timing import CLOCKS_DIFFER, OLDEST, OLDEST_IMPORTED, MadeAtError, check_made

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("made", "source"),
    [
        (NOW + CLOCKS_DIFFER, Source.APP),
        (NOW - OLDEST, Source.APP),
        (NOW - OLDEST_IMPORTED, Source.IMPORT),
        (None, Source.APP),
    ],
)
def test_what_can_have_been_made_then_is_taken(made: datetime | None, source: Source) -> None:
    check_made(made, at=NOW, source=source)


@pytest.mark.parametrize(
    ("made", "source", "why"),
    [
        (NOW + CLOCKS_DIFFER + MOMENT, Source.APP, "lies in the future"),
        (datetime.max.replace(tzinfo=UTC), Source.IMPORT, "lies in the future"),
        (NOW - OLDEST - MOMENT, Source.APP, "must not be longer ago than 30 days"),
        (datetime.min.replace(tzinfo=UTC), Source.IMPORT, "must not be longer ago than 3660 days"),
    ],
)
def test_what_cannot_is_refused_with_why(made: datetime, source: Source, why: str) -> None:
    with pytest.raises(MadeAtError, match=why):
        check_made(made, at=NOW, source=source)
