"""Documents that people send: whatever is in them, reading them is bounded."""

from dataclasses import dataclass

import yaml

from routing.domain.faults import fault

MOST_NESTED = 30
MOST_NODES = 5_000_000
"""No grid and no catalogue is deeper or larger; neither stack nor time are for the sender to exhaust."""


def refuse_bombs(text: str, file: str) -> None:
    """Refuse what is nested too deeply, or grows too large once each reference is what it refers to.

    The parser gives events without recursion; what builds values from them would overflow the stack of the process.

    Raises:
        DistrictFaultsError: it is.
    """
    try:
        _measure(text, file)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError: a date that does not exist, a number with too many digits.
        raise fault(file, "file", f"not YAML: {' '.join(str(error).split())[:300]}") from None


def _measure(text: str, file: str) -> None:
    sizes: dict[str, int] = {}
    nodes: list[_Node] = [_Node(None)]
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        match event:
            case yaml.CollectionStartEvent():
                nodes.append(_Node(event.anchor))
            case yaml.CollectionEndEvent():
                node = nodes.pop()
                nodes[-1].size += node.size
                sizes |= {node.anchor: node.size} if node.anchor else {}
            case yaml.AliasEvent():
                # What is not finished yet refers to itself.
                nodes[-1].size += sizes.get(str(event.anchor), MOST_NODES + 1)
            case yaml.ScalarEvent():
                nodes[-1].size += 1
                sizes |= {event.anchor: 1} if event.anchor else {}
        if len(nodes) > MOST_NESTED or nodes[-1].size > MOST_NODES:
            raise fault(file, "file", f"nested more than {MOST_NESTED} deep, or endless")


@dataclass(slots=True)
class _Node:
    anchor: str | None
    size: int = 1
