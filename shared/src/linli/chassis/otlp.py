"""Sending spans to a collector (OTLP over HTTP), as OpenTelemetry's own variables say; needs ``linli[otlp]``."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import structlog
from opentelemetry import trace

from linli.chassis.settings import refuse

FLUSH_S = 5.0
"""How long a process that ends waits for its last spans to be taken; those that are not are lost."""

SPOKEN = "http/protobuf"

_LOG = structlog.get_logger("linli.otlp")


@contextmanager
def exporting_traces(service: str) -> Iterator[None]:
    """Send the spans of this process to where OTEL_EXPORTER_OTLP_ENDPOINT says, if it says so, until the block ends.

    A collector that is away costs spans and nothing else: they wait in a queue of fixed size (OTEL_BSP_*).
    """
    provider = _provider(service) if _wanted() else None
    if provider is None:
        yield
        return
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        _within(FLUSH_S, provider.shutdown)


def _wanted() -> bool:
    endpoint = _told("ENDPOINT")
    if not endpoint or os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    if (_told("PROTOCOL") or SPOKEN) != SPOKEN:
        _LOG.warning("traces are not exported: of the OTLP protocols only one is spoken", protocol=SPOKEN)
        return False
    return True


def _told(what: str) -> str | None:
    return os.environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{what}") or os.environ.get(f"OTEL_EXPORTER_OTLP_{what}")


def _provider(service: str) -> Any:  # noqa: ANN401 - a type of the extra
    try:
        # Only where they are wanted: they take memory, and the extra need not be there.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        _LOG.warning("traces are not exported: linli[otlp] is not installed")
        return None
    named = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or service}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    try:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    except ValueError as error:
        refuse([f"OTEL_*: {error}"])
    return provider


def _within(seconds: float, work: Callable[[], None]) -> None:
    # The SDK waits half a minute for a collector that hangs; whoever stops the service may not.
    worker = Thread(target=work, name="last-spans", daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        _LOG.warning("the last spans were not taken in time")
