"""The page about the states of a case, drawn from the table of moves: ``python -m routing.states_page docs``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from routing.domain.actor import PARTIES, Party
from routing.domain.states import BY_EVENT, ENDED, MOVES, OPEN, Action, State

NAMES: dict[State, str] = {
    State.RECEIVED: "已收到",
    State.ROUTED: "已派单",
    State.ACCEPTED: "已受理",
    State.IN_PROGRESS: "办理中",
    State.SUSPENDED: "缓办",
    State.RESOLVED: "处置完成",
    State.VERIFIED: "已核查",
    State.REOPENED: "返工",
    State.CLOSED: "已结案",
    State.DECLINED: "不予受理",
    State.MERGED: "已合并",
    State.WITHDRAWN: "已撤回",
}

WHOSE = {
    Party.OWNER: "the handler, or an overseer of the unit",
    Party.ABOVE: "somebody above: a person or an overseer of the unit over it",
    Party.INSPECTOR: "staff of the area or somebody above, never whoever did the work",
}

WHERE = {frozenset(OPEN): "all that are open", frozenset((*OPEN, *ENDED)): "all"}
"""What the page calls many states at once."""

HEAD = """# The states of a case

Written by `make docs` from the table of moves in `routing.domain.states`; change that instead. A move that is not here
is refused with 409 and the moves that are allowed. What happens to a merged, declined, closed or withdrawn case is
another matter: those have ended. A closed case moves again by its reporter's word alone: not solved reopens it, for as
long as its category says, and solved closes one as answered that closed without, where it was said before.

"""


def write_page(folder: Path) -> Path:
    """Write case-states.md into a folder and return its path."""
    page = folder / "case-states.md"
    page.write_text(HEAD + "\n".join([*_diagram(), "", *_staying(), "", *_whose(), ""]), encoding="utf-8")
    return page


def _diagram() -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2", "  [*] --> received")
    for state in State:
        yield f"  {state}: {state} {NAMES[state]}"
    for (origin, action), target in MOVES.items():
        if target is not origin:
            yield f"  {origin} --> {target}: {action}"
    for state in (State.CLOSED, State.DECLINED, State.WITHDRAWN):
        yield f"  {state} --> [*]"
    yield "```"


def _staying() -> Iterator[str]:
    yield from ("## Moves that leave the state as it is", "", "| action | in the states |", "|---|---|")
    for action in Action:
        states = [origin for (origin, each), target in MOVES.items() if each is action and target is origin]
        if states:
            yield f"| {action} | {WHERE.get(frozenset(states), ', '.join(states))} |"


def _whose() -> Iterator[str]:
    yield from ("## Who may do what", "", "| action | whose it is |", "|---|---|")
    for action in Action:
        whose = (
            "departments, time, other services or a changed grid"
            if action in BY_EVENT
            else WHOSE[PARTIES.get(action, Party.OWNER)]
        )
        yield f"| {action} | {whose} |"


if __name__ == "__main__":
    print(write_page(Path(sys.argv[1])))  # noqa: T201 - tells what was done
