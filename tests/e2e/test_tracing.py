"""Whoever follows one trace sees a report become a case, a call for helpers, and messages to those concerned."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from linli.testing.spans import Spans

from .suite import Suite
from .test_journey import report

REPORTED, ROUTED, OPENED = "linli.issue.reported.v1", "linli.case.routed.v1", "linli.need.opened.v1"


def ancestors(spans: Spans, span: ReadableSpan) -> Iterator[str]:
    by_id = {one.context.span_id: one for one in spans.ended()}
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        yield span.name


def processed(spans: Spans) -> dict[tuple[str, str], ReadableSpan]:
    """What took effect, by type of event and queue."""
    effects = [span for span in spans.ended() if span.kind is SpanKind.CONSUMER and span.status.is_unset]
    told = [(span, span.attributes or {}) for span in effects]
    return {(str(one["cloudevents.event_type"]), str(one["messaging.destination.name"])): span for span, one in told}


@pytest.mark.parametrize("bus_url", ["embedded"], indirect=True)
async def test_one_trace_leads_from_a_report_to_everything_that_comes_of_it(suite: Suite, spans: Spans) -> None:
    async def effects() -> dict[tuple[str, str], ReadableSpan]:
        return processed(spans)

    async with suite.running():
        categories = await suite.get("routing", "/v1/categories", suite.token("li-desk", "staff"))
        helped = next(one for one in categories["items"] if one["volunteers_wanted"] and not one["confidential"])
        await report(suite, category=helped["code"])
        await suite.until(effects, lambda seen: seen.keys() >= {(OPENED, "intake.inbox"), (OPENED, "notify.inbox")})

    request = spans.one("POST /v1/issues")
    assert (request.kind, request.parent) == (SpanKind.SERVER, None)
    reported = [f"publish {REPORTED}", "POST /v1/issues"]
    routed = [f"publish {ROUTED}", f"process {REPORTED}", *reported]
    opened = [f"publish {OPENED}", f"process {ROUTED}", *routed]
    for event_type, queue, way in (
        (REPORTED, "routing.inbox", reported),
        (REPORTED, "notify.inbox", reported),
        (ROUTED, "volunteer.inbox", routed),
        (ROUTED, "intake.inbox", routed),
        (ROUTED, "notify.inbox", routed),
        (OPENED, "intake.inbox", opened),
        (OPENED, "notify.inbox", opened),
    ):
        span = processed(spans)[event_type, queue]
        assert list(ancestors(spans, span)) == way
        assert span.context.trace_id == request.context.trace_id


@pytest.mark.parametrize("bus_url", ["embedded"], indirect=True)
async def test_no_span_tells_what_was_reported_or_the_code_that_follows_it(suite: Suite, spans: Spans) -> None:
    async with suite.running():
        issue, code = await report(suite, reporter={"name": "例一", "contact": "13800000000"})
        await suite.case(issue, "routed")
        await suite.get("intake", f"/v1/track/{code}")
        await suite.get("intake", "/v1/track/AAAAAAAAAAAAAAAA")
    told = "".join(span.to_json() for span in spans.ended())
    assert "/v1/track/{tracking_code}" in told
    for personal in (code, "AAAAAAAAAAAAAAAA", "漏雨", "例一", "13800000000", "lianbang", "li-desk"):
        assert personal not in told
    assert not [span.name for span in spans.ended() if "readyz" in span.name]
