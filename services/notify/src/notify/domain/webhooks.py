"""Where webhooks may go, how often they are tried, and what a receiver's answer means."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from notify.domain.filters import FilterError

Network = IPv4Network | IPv6Network

SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""How long after the one before it each attempt is made: three days in all, as Standard Webhooks advises."""

JITTER = 0.1
"""By how much of itself a wait may be longer, so that what failed together does not come back together."""

GIVE_UP_AFTER = timedelta(days=5)
"""A receiver to which nothing could be delivered for so long is sent nothing more until somebody enables it."""

LONGEST_ASKED = timedelta(days=1)
"""A receiver that asks for more is tried earlier."""

MOST_URL = 2000
_WELL_KNOWN_PORTS = frozenset({80, 443})
_LAST_PRIVILEGED_PORT = 1023
_VISIBLE = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces and the backslash, which readers of URLs take differently
_UNICAST = IPv6Network("2000::/3")
_SECONDS = re.compile(r"[0-9]{1,9}")
_GONE = 410


def require_url(url: str, *, plain: bool) -> None:
    """Refuse a URL that webhooks may not go to; ``plain`` allows http, for networks of one's own.

    Raises:
        FilterError: it is no absolute https URL, names a user or a fragment, or a port of another service.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FilterError("url", "it is no URL") from None
    if len(url) > MOST_URL or not _VISIBLE.fullmatch(url):
        raise FilterError("url", f"it must be at most {MOST_URL} visible ASCII characters")
    if not url.startswith(("https://", "http://") if plain else "https://"):
        raise FilterError("url", "it must begin with https://")
    if not parts.hostname:
        raise FilterError("url", "it names no host")
    if "@" in parts.netloc or "#" in url:
        raise FilterError("url", "it may name neither user nor fragment")
    if port is not None and port <= _LAST_PRIVILEGED_PORT and port not in _WELL_KNOWN_PORTS:
        raise FilterError("url", "its port may be 80, 443 or one above 1023")


def without_query(url: str) -> str:
    """Return a URL as it may be shown: its query may hold a key."""
    path, mark, _ = url.partition("?")
    return f"{path}{mark}…" if mark else path


def may_reach(address: str, networks: Sequence[Network], *, public: bool) -> bool:
    """Say whether webhooks may go to an address: one of the networks or, if ``public``, of the internet.

    An IPv4 address inside of an IPv6 one is looked at as what it leads to.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return any(found in network for network in networks) or (public and _is_public(found))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    # Python counts multicast, and in IPv6 much that nobody has assigned, as global.
    if isinstance(address, IPv6Address):
        return address in _UNICAST and address.is_global and address.teredo is None
    return address.is_global and not address.is_multicast


def is_delivered(status: int) -> bool:
    """Say whether an answer means that the receiver has the event; a redirect does not."""
    return 200 <= status <= 299  # noqa: PLR2004 - RFC 9110, 15.3


def is_gone(status: int) -> bool:
    """Say whether an answer means that the receiver wants nothing more."""
    return status == _GONE


def wait_after(attempts: int, asked: timedelta | None, spread: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None when it was the last.

    ``asked`` is what the receiver asked for, ``spread`` a random number from 0 to 1.
    """
    if attempts >= len(SCHEDULE):
        return None
    return max(SCHEDULE[attempts] * (1 + JITTER * spread), asked or timedelta())


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return what a Retry-After header asks for, a day at most; None when it says nothing that can be understood."""
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        wait = timedelta(seconds=int(value))
    else:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait = until.replace(tzinfo=until.tzinfo or UTC) - now
    return min(max(wait, timedelta()), LONGEST_ASKED)
