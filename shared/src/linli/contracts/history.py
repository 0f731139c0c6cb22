"""What each release of an event type added: within a version fields are only added, and only optional ones.

``history.json`` is written beside the snapshots of the schemas, when a type is released.
"""

import json
from functools import cache
from importlib.resources import files

from linli.contracts.catalogue import EventType

History = tuple[tuple[str, ...], ...]
"""The fields that each release added, first release first; none where only the words changed."""


def history_of(kind: EventType) -> History:
    """Return the releases of an event type.

    Raises:
        KeyError: it was never released.
    """
    return tuple(tuple(added) for added in _histories()[kind.name])


@cache
def _histories() -> dict[str, list[list[str]]]:
    histories: dict[str, list[list[str]]] = json.loads((files("linli.contracts") / "history.json").read_text("utf-8"))
    return histories
