"""A link leads to one file, for a while, and can be made by nobody else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from intake.attachments.links import LIFETIME, LinkError, Links

NOW = datetime(2026, 3, 2, 9, 4, 5, tzinfo=UTC)
LINKS = Links(b"k" * 32)


def test_a_link_leads_to_its_file_until_it_expires() -> None:
    one = uuid4()
    token, expires_at = LINKS.token(one, "thumbnail", NOW)
    target = LINKS.target(token, NOW)
    assert (target.attachment_id, target.variant, target.expires_at) == (one, "thumbnail", expires_at)
    assert LIFETIME <= expires_at - NOW <= LIFETIME + timedelta(minutes=15)
    assert LINKS.target(token, expires_at - timedelta(seconds=1))
    with pytest.raises(LinkError):
        LINKS.target(token, expires_at)


def test_within_a_quarter_of_an_hour_the_link_stays_the_same() -> None:
    one = uuid4()
    assert LINKS.token(one, "file", NOW) == LINKS.token(one, "file", NOW + timedelta(minutes=10))
    assert LINKS.token(one, "file", NOW) != LINKS.token(one, "file", NOW + timedelta(minutes=11))


def test_no_changed_link_leads_anywhere() -> None:
    token, _ = LINKS.token(uuid4(), "file", NOW)
    other, _ = LINKS.token(uuid4(), "file", NOW)
    changed = [token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(75)]
    for bad in (*changed, "", "x", "é", token[:-1], token + "AAAA", token[:33] + other[33:]):
        with pytest.raises(LinkError):
            LINKS.target(bad, NOW)
    with pytest.raises(LinkError):
        Links(b"o" * 32).target(token, NOW)
