"""No event of the catalogue is published to nobody."""

import importlib
from pathlib import Path

import pytest

from linli.cli.docs import write_docs
from linli.contracts import CATALOGUE, DispatchRequested, DispatchWithdrawn, EventType
from linli.district import load_district
from linli.district.departments import matches

SERVICES = ("intake", "routing", "volunteer", "notify")
FOR_DEPARTMENTS = {DispatchRequested, DispatchWithdrawn}
HEARD = {model for name in SERVICES for model in importlib.import_module(f"{name}.reactions").REACTIONS}


@pytest.mark.parametrize("kind", [one for one in CATALOGUE.values() if one.model not in FOR_DEPARTMENTS])
def test_an_event_is_heard_by_at_least_one_service(kind: EventType) -> None:
    assert kind.model in HEARD


def test_a_dispatch_is_heard_by_the_department_that_it_calls() -> None:
    district = load_district()
    for category in district.categories.values():
        for slug in category.departments:
            subscription = district.departments[slug].subscription
            assert subscription.covers(category.code)
            assert any(matches(pattern, "dispatch.requested") for pattern in subscription.events)


@pytest.mark.parametrize("name", ["events.md", "asyncapi.json", "events-changelog.md"])
def test_the_documents_about_events_are_what_the_catalogue_says(tmp_path: Path, name: str) -> None:
    write_docs(tmp_path)
    document = Path(__file__).parents[1] / "docs" / name
    assert document.read_text("utf-8") == (tmp_path / name).read_text("utf-8"), "run `make docs`"
