"""``python -m benchmarks [part ...]``: measure all, or the parts that are named."""

import sys
from collections.abc import Callable, Mapping

from benchmarks import (
    claims,
    consumer,
    decisions,
    delivery,
    desk,
    indicators,
    intake,
    listeners,
    matching,
    opening,
    relay,
    standalone,
    streams,
    telling,
    upload,
    webhooks,
)
from benchmarks.results import Result, show, store
from benchmarks.servers import Ground, ground

PARTS: Mapping[str, Callable[[Ground], dict[str, Result]]] = {
    "intake": intake.measure,
    "upload": upload.measure,
    "relay": relay.measure,
    "consumer": consumer.measure,
    "delivery": delivery.measure,
    "streams": streams.measure,
    "webhooks": webhooks.measure,
    "decisions": decisions.measure,
    "opening": opening.measure,
    "standalone": standalone.measure,
    "indicators": indicators.measure,
    "matching": matching.measure,
    "claims": claims.measure,
    "desk": desk.measure,
    "telling": telling.measure,
    "listeners": listeners.measure,
}


def main() -> int:
    """Measure and report; an unknown part is an error."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    measured: dict[str, Result] = {}
    for part in wanted:
        print(f"measuring {part} ...", flush=True)
        # Servers of its own: what one part leaves in the archive a service of the next would read.
        with ground() as on:
            measured |= PARTS[part](on)
        # After each, so that a part that fails costs nothing of the others.
        store(measured, whole=set(wanted) == set(PARTS) and part == wanted[-1])
    show(measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
