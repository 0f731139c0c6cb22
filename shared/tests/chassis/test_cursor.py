from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from pydantic import AwareDatetime

from linli.chassis.cursor import Cursor, Page
from linli.chassis.problems import ProblemError


class ThingCursor(Cursor):
    made_at: AwareDatetime
    id: UUID


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = ThingCursor(made_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), id=uuid4())
    text = cursor.encode()
    assert ThingCursor.decode(text) == cursor
    assert text.isascii()
    assert "=" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "!",
        "a",
        "é",
        "bm90IGpzb24",
        urlsafe_b64encode(b'{"id":1}').decode(),
        urlsafe_b64encode(b"[1]").decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
        urlsafe_b64encode(b"[" * 300).decode(),
    ],
)
def test_a_wrong_cursor_is_refused(wrong: str) -> None:
    with pytest.raises(ProblemError) as refused:
        ThingCursor.decode(wrong)
    assert (refused.value.status, refused.value.slug) == (422, "invalid-cursor")


def test_the_last_page_has_no_next() -> None:
    assert Page[int](items=[1, 2]).model_dump() == {"items": [1, 2], "next": None}
