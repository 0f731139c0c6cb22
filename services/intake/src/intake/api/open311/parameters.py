"""What callers of Open311 send: texts, of which an empty one is none; all that is wrong with them is said at once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from intake.open311_queries import Window
from linli.chassis.problems import ProblemError
from linli.contracts import Location

LONGEST_RANGE = timedelta(days=90)
MAX_URL = 2000
MOST_REQUESTS = 1000
MOST_PAGES = 1000

NOT_FOUND = 404
BAD = 400


class Faults:
    """Collects what is wrong with a request."""

    def __init__(self) -> None:
        self._found: list[dict[str, object]] = []

    def add(self, field: str, message: str, code: int = BAD) -> None:
        """Note one fault."""
        self._found.append({"field": field, "message": message, "code": code})

    def refuse(self) -> None:
        """Refuse the request if there is any fault: as not found if nothing else is wrong.

        Raises:
            ProblemError: all of them.
        """
        if not self._found:
            return
        missing = all(fault["code"] == NOT_FOUND for fault in self._found)
        status, slug = (NOT_FOUND, "not-found") if missing else (BAD, "invalid-request")
        raise ProblemError(status, slug, "The request is not valid", errors=self._found)


def listed(text: str | None) -> list[str]:
    """Return the items of a list with commas."""
    return [item for part in (text or "").split(",") if (item := part.strip())]


def moment(text: str, field: str, faults: Faults) -> datetime | None:
    """Return the time that a text is in the W3C's subset of ISO 8601, with its zone."""
    try:
        # An unescaped plus sign of a zone arrives as a blank.
        parsed = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        faults.add(field, "must be a time with its zone, such as 2010-01-01T00:00:00Z")
        return None
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        faults.add(field, "lies outside of what can be counted")
        return None


def time_range(start: str | None, end: str | None, now: datetime, faults: Faults) -> tuple[datetime, datetime]:
    """Return the range that is asked for, at most 90 days: the latest, those from the start, or those to the end."""
    first = moment(start, "start_date", faults) if start else None
    last = moment(end, "end_date", faults) if end else None
    if first and last and not timedelta(0) <= last - first <= LONGEST_RANGE:
        faults.add("end_date", f"must not lie before start_date, nor more than {LONGEST_RANGE.days} days after it")
    try:
        if last is None:
            last = first + LONGEST_RANGE if first else now
        return first or last - LONGEST_RANGE, last
    except OverflowError:
        faults.add("start_date", "lies outside of what can be counted")
        return now, now


def number(text: str | None, field: str, default: int, most: int, faults: Faults) -> int:
    """Return the whole number from 1 to a bound that a text is."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        faults.add(field, f"must be a whole number from 1 to {most}")
        return default
    return int(text)


def window_of(page: str | None, page_size: str | None, faults: Faults) -> Window:
    """Return the part of a list that a page is."""
    size = number(page_size, "page_size", MOST_REQUESTS, MOST_REQUESTS, faults)
    return Window(size, (number(page, "page", 1, MOST_PAGES, faults) - 1) * size)


def known_ids(texts: Sequence[str], faults: Faults) -> list[UUID]:
    """Return the ids among texts; what is none of ours names nothing."""
    if len(texts) > MOST_REQUESTS:
        faults.add("service_request_id", f"must name at most {MOST_REQUESTS} requests")
    found = []
    for text in texts[:MOST_REQUESTS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def url(text: str | None, field: str, faults: Faults) -> str | None:
    """Return an address of the web."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(text) > MAX_URL or not text.isprintable():
        faults.add(field, f"must begin with http:// or https:// and be no longer than {MAX_URL} characters")
        return None
    return text


def line(form: Mapping[str, str], field: str, most: int, faults: Faults) -> str | None:
    """Return a text that is no longer than a bound."""
    text = form.get(field)
    if text is not None and len(text) > most:
        faults.add(field, f"must be no longer than {most} characters")
        return None
    return text


def place_of(form: Mapping[str, str], faults: Faults) -> tuple[Location | None, str | None, str | None]:
    """Return where it is: a point, an address in words or the path of a unit, of which exactly one must be given."""
    point = "lat" in form or "long" in form
    ways = [point, "address_string" in form, "address_id" in form]
    if sum(ways) != 1:
        faults.add("location", "give exactly one of lat with long, address_string, or address_id")
        return None, None, None
    location = _point(form, faults) if point else None
    return location, line(form, "address_string", 200, faults), form.get("address_id")


def _point(form: Mapping[str, str], faults: Faults) -> Location | None:
    degrees = {"lat": 90.0, "long": 180.0}
    found: dict[str, float] = {}
    for field, most in degrees.items():
        try:
            value = float(form[field])
        except KeyError:
            faults.add(field, "is missing: lat and long go together")
        except ValueError:
            faults.add(field, "must be a number of degrees")
        else:
            if -most <= value <= most:
                found[field] = value
            else:
                faults.add(field, f"must lie from -{most:g} to {most:g}")
    return Location(lat=found["lat"], lon=found["long"]) if len(found) == len(degrees) else None
