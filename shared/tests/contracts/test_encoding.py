"""What is written can be read."""

import subprocess
import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from linli.contracts import CaseRouted, EventData, Handler, IssueReported, Level, decode_event, new_event

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHERE = {"category": "dispute.neighbour", "area": "top/one"}

CONFIDENTIAL = IssueReported(
    issue_id=uuid4(), description=None, language="zh-Hans", source="web", reported_at=AT, reporter_key="0" * 64, **WHERE
)
WITHOUT_DEPARTMENT = CaseRouted(
    case_id=uuid4(),
    level=Level.COMPOUND,
    unit="top/one",
    handler=Handler(id="head", name="例一", post="网格员"),
    deadline=AT,
    lead_department=None,
    hops=0,
    **WHERE,
)


@pytest.mark.parametrize("data", [CONFIDENTIAL, WITHOUT_DEPARTMENT])
@pytest.mark.parametrize("traceparent", [None, f"00-{'1' * 32}-{'2' * 16}-01"])
def test_event_with_nothing_in_a_field_survives_the_way(data: EventData, traceparent: str | None) -> None:
    event = new_event(data, id=uuid4(), sequence=1, time=AT, traceparent=traceparent)
    assert decode_event(event.encode()) == event


def test_absent_trace_is_not_written() -> None:
    assert b"traceparent" not in new_event(CONFIDENTIAL, id=uuid4(), sequence=1, time=AT).encode()


def test_whoever_reads_events_needs_pydantic_and_nothing_else() -> None:
    code = "import sys; old = set(sys.modules); import linli.contracts; print(*sorted(set(sys.modules) - old))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    of_pydantic = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    packages = {name.partition(".")[0] for name in loaded if not name.startswith("_sysconfigdata")}
    assert packages - sys.stdlib_module_names <= {"linli"} | of_pydantic
    assert {name.split(".")[1] for name in loaded if name.startswith("linli.")} == {"contracts"}
