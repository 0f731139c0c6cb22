"""The types of fields, in a few characters."""

import pytest

from linli.contracts import CATALOGUE, EventType
from linli.contracts.fields import EventField, fields_of


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("case.routed", EventField("case_id", "uuid", optional=False)),
        (
            "case.routed",
            EventField("level", "building | compound | precinct | community | subdistrict", optional=False),
        ),
        ("case.routed", EventField("handler", "{id, name, post}", optional=False)),
        ("case.routed", EventField("deadline", "date-time", optional=False)),
        ("case.routed", EventField("lead_department", "string | null", optional=False)),
        ("case.routed", EventField("co_departments", "string[]", optional=True)),
        ("case.routed", EventField("responsible", "{id, name, post} | null", optional=True)),
        ("case.routed", EventField("hops", "integer", optional=False)),
        ("case.verified", EventField("by", "return-visit", optional=False)),
        ("case.warned", EventField("percent", "50 | 80 | 100", optional=False)),
        ("issue.reported", EventField("location", "{lat, lon} | null", optional=True)),
        ("issue.reported", EventField("attributes", "object", optional=True)),
        ("meeting.called", EventField("cases", "uuid[]", optional=False)),
    ],
)
def test_a_field_has_its_type_and_says_whether_it_may_be_left_out(event: str, field: EventField) -> None:
    assert field in fields_of(CATALOGUE[f"linli.{event}.v1"])


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_no_field_is_missing_and_their_order_is_the_models(kind: EventType) -> None:
    assert [field.name for field in fields_of(kind)] == list(kind.model.model_fields)
