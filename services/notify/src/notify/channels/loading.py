"""Which channels there are: those that a deployment has settings for, found among the installed entry points."""

import json
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from pydantic import SecretStr, ValidationError

from notify.channels.port import Channel

GROUP = "notify.channels"


def load_channels(settings: SecretStr | None) -> Mapping[str, Channel]:
    """Return the channels that are set up, by name; ``settings`` is a JSON object with an object for each.

    Raises:
        ValueError: a channel is not installed or its settings are not valid; says which field, and repeats no value.
    """
    if settings is None:
        return {}
    try:
        told = json.loads(settings.get_secret_value())
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(its, dict) for its in told.values()):
        raise ValueError("must be a JSON object with an object for each channel")
    installed = {each.name: each for each in entry_points(group=GROUP)}
    unknown = sorted(set(told) - set(installed))
    if unknown:
        raise ValueError(f"no such channel: {', '.join(unknown)}; there are {', '.join(sorted(installed))}")
    return {name: _made(name, installed[name].load(), its) for name, its in told.items()}


def _made(name: str, kind: Any, settings: Mapping[str, Any]) -> Channel:  # noqa: ANN401 - whatever is installed
    try:
        channel: Channel = kind(settings)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = "; ".join(f"{name}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults)
        raise ValueError(told) from None
    return channel
