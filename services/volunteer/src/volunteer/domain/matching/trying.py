"""What one more volunteer would change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from volunteer.domain.matching.plan import DEFAULT, Effort, Plan
from volunteer.domain.matching.planning import make_plan
from volunteer.domain.matching.words import Person, Task


@dataclass(frozen=True, slots=True)
class Effect:
    """What further people do to a plan: ``filled`` says for each slot that gains how many more places are filled."""

    before: Plan
    after: Plan
    filled: dict[str, int]


def what_if(task: Task, further: Sequence[Person], effort: Effort = DEFAULT) -> Effect:
    """Return how the best plan would be with further people, "one more electrician" for example.

    Raises:
        MatchingError: the task contradicts itself, or somebody further has the id of somebody who is there.
    """
    before = make_plan(task, effort)
    after = make_plan(replace(task, people=(*task.people, *further)), effort)
    filled = {one.slot: one.filled for one in before.outcomes}
    gains = {one.slot: one.filled - filled[one.slot] for one in after.outcomes if one.filled > filled[one.slot]}
    return Effect(before, after, gains)
