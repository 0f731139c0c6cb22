"""Which event tells whom in an area: as the rules say, unless staff of the area or of one above decided otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from linli.contracts import EventData, IssueReported
from notify.domain.rules import Role, Rules

Decisions = Mapping[str, Mapping[str, Mapping[Role, str | None]]]
"""By event type and area, the template that each role is told by from there on; None tells it nothing."""


class LegalRoleError(ValueError):
    """Somebody must be told by a legal notice, which nobody takes away; ``template`` is the notice."""

    def __init__(self, template: str) -> None:
        super().__init__(f"{template} is a legal notice")
        self.template = template


@dataclass(frozen=True, slots=True)
class Telling:
    """What a role is told by, None for nothing; ``area`` is where that was decided, None for the rules."""

    template: str | None
    area: str | None = None


def tellings(
    rules: Rules, event: str, areas: Iterable[str], decisions: Mapping[str, Mapping[Role, str | None]]
) -> Mapping[Role, Telling]:
    """Return what each role is told by where ``areas``, the widest first, hold one another.

    The nearest decision counts, but none takes a legal notice away, nor tells by a template that there is no more.
    """
    told = {role: Telling(template) for role, template in rules.events[event].items()}
    for area in areas:
        for role, template in decisions.get(area, {}).items():
            kept = role in told and told[role].template in rules.legal
            if not kept and (template is None or template in rules.templates):
                told[role] = Telling(template, area)
    return told


def require_free(told: Mapping[Role, Telling], role: Role, template: str | None, rules: Rules) -> None:
    """Refuse to tell a role nothing, or something else, where it is told by a legal notice.

    ``told`` is what is told there without the decision.

    Raises:
        LegalRoleError: it is.
    """
    now = told.get(role, Telling(None)).template
    if now in rules.legal and template != now:
        raise LegalRoleError(str(now))


def roles_of(model: type[EventData]) -> frozenset[Role]:
    """Return the roles that an event has, so that somebody can be told of it in them.

    Whoever handles an issue, and who reported it, are known of events of the issue alone; those have no ``place``, for
    the matter is its handler's and may be confidential.
    """
    if model is IssueReported:
        return frozenset({Role.REPORTER})
    fields = model.model_fields.keys()
    if "units" in fields:
        return frozenset({Role.INVITED})
    if ("issue_id" in fields or "case_id" in fields) and "volunteer" not in fields:
        more = {Role.ABOVE: "above" in fields, Role.OWNER: "task_id" in fields and "unit" in fields}
        usual = {Role.REPORTER, Role.MERGED, Role.HANDLER, Role.INSPECTOR}
        return frozenset(usual | {role for role, has in more.items() if has})
    named = {
        Role.SUBMITTER: "submitter" in fields,
        Role.HOLDER: "holder" in fields or "holders" in fields,
        Role.VOLUNTEER: "volunteer" in fields,
    }
    return frozenset({Role.PLACE, *(role for role, has in named.items() if has)})
