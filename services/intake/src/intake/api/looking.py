"""What staff look for, as they say it in an address; saved, it is looked for again."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from intake.api.scope import CONFIDENTIAL_READERS, areas_of
from intake.desk_queries import IssueFilter, Scope
from intake.domain.issue import PublicState, Source
from intake.domain.searching import wanted
from linli.chassis.auth import Principal
from linli.chassis.problems import ProblemError
from linli.chassis.text import PlainText
from linli.contracts import AreaPath, Slug
from linli.contracts.words import SLUG
from linli.district.known import KnownDistrict

CategoryOrMajor = Annotated[str, StringConstraints(pattern=rf"^{SLUG}(?:\.{SLUG})?$", max_length=80)]
Answered = Annotated[str, StringConstraints(pattern=rf"^{SLUG}:[^\x00]{{1,200}}$", max_length=265)]


class IssueQuery(BaseModel):
    """Conditions, all of which hold; of several values of one, any does."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[PlainText, Field(max_length=200)] | None = Field(
        None, description="Words in the description or address, Chinese or English; all of them"
    )
    state: list[PublicState] = Field([], max_length=7)
    category: list[CategoryOrMajor] = Field(
        [], max_length=20, description="`facility.gate`, or `facility` for all of it"
    )
    source: list[Source] = Field([], max_length=10)
    area: AreaPath | None = Field(None, description="With all beneath it")
    department: Slug | None = Field(None, description="That leads where departments are called")
    handler: Slug | None = Field(None, description="The id of the person responsible")
    overdue: bool = Field(default=False, description="Open, and past the deadline")
    deadline_from: AwareDatetime | None = None
    deadline_before: AwareDatetime | None = None
    reported_from: AwareDatetime | None = None
    reported_before: AwareDatetime | None = None
    supporters: Annotated[int, Field(ge=0, le=1_000_000)] = Field(0, description="Merged into it, at least")
    attribute: list[Answered] = Field([], max_length=5, description="`persons-trapped:yes`; all of them")

    def filter(self, now: datetime) -> IssueFilter:
        """Return the conditions as they hold at a moment.

        Raises:
            ProblemError: 422, there is nothing in ``q`` to look for.
        """
        words = wanted(self.q) if self.q else None
        if self.q and words is None:
            errors = [{"field": "q", "message": "has no letter, digit or Chinese character"}]
            raise ProblemError(422, "invalid-request", "The request is not valid", errors=errors)
        return IssueFilter(
            words=words,
            states=[state.value for state in self.state],
            categories=self.category,
            sources=[source.value for source in self.source],
            area=self.area,
            department=self.department,
            handler=self.handler,
            overdue_at=now if self.overdue else None,
            deadline=(self.deadline_from, self.deadline_before),
            reported=(self.reported_from, self.reported_before),
            supporters=self.supporters,
            attributes=dict(one.split(":", 1) for one in self.attribute),
        )

    @property
    def mark(self) -> str:
        """What a cursor of this query bears, so that no other query takes it."""
        own = self.model_dump_json(include=set(IssueQuery.model_fields))
        return sha256(own.encode()).hexdigest()[:16]


def scope_of(principal: Principal, district: KnownDistrict) -> Scope:
    """Return what the caller may see."""
    return Scope(
        areas=areas_of(principal, district),
        confidential=principal.has_role(*CONFIDENTIAL_READERS),
        handler=principal.subject,
    )
