"""What a message tells of the event that it carries."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from linli.messaging.message import made_at

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_an_id_of_version_7_tells_when_its_event_was_made() -> None:
    # RFC 9562, appendix A.6.
    made = made_at(UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), latest=NOW)
    assert made == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_no_event_was_made_after_it_is_known_and_of_other_ids_nothing_else_is() -> None:
    assert made_at(UUID("ffffffff-ffff-7cc3-98c4-dc0c0c07398f"), latest=NOW) == NOW
    assert made_at(uuid4(), latest=NOW) == NOW
