"""From rows to what the API gives."""

from collections.abc import Sequence
from datetime import datetime

from intake.api.schemas import (
    AreaRead,
    CategoryRead,
    ChoiceRead,
    FeedbackCreate,
    HandlerRead,
    HelpersRead,
    IssueRead,
    NewsRead,
    QuestionRead,
    StepRead,
    SupplementRead,
    TogetherRead,
    TrackRead,
)
from intake.domain.issue import PublicState, Source, is_withdrawable, reopen_until
from intake.domain.steps import sentence
from intake.queries import AnyRow
from linli.contracts import Level, Location, Satisfaction
from linli.district import Category, Question, Unit
from linli.district.known import KnownDistrict


def track_read(
    row: AnyRow,
    steps: Sequence[AnyRow],
    news: Sequence[AnyRow],
    supplements: Sequence[AnyRow],
    together: AnyRow | None,
    language: str,
    district: KnownDistrict,
) -> TrackRead:
    """Return what the reporter is shown."""
    category = district.categories.get(row.category)
    unit = district.named(row.area)
    return TrackRead(
        state=PublicState(row.state),
        category=row.category,
        category_name=category.name.in_language(language) if category else row.category,
        area=row.area,
        area_name=unit.name.in_language(language) if unit else row.area,
        address=row.address,
        description=row.description,
        attributes=row.attributes,
        reported_at=row.reported_at,
        made_at=row.made_at,
        steps=_steps(row, steps, language, district),
        news=[NewsRead(at=one.at, text=one.text) for one in news],
        supplements=[NewsRead(at=one.at, text=one.description) for one in supplements if one.client is None],
        can_answer=row.state == PublicState.RESOLVED and row.answered_at is None,
        reopen_until=_reopen_until(row, category),
        can_withdraw=row.withdrawn_at is None
        and is_withdrawable(PublicState(row.state), merged=row.merged_into is not None),
        answer=_answer(row),
        helpers=HelpersRead(wanted=row.helpers_wanted, found=row.helpers_found) if row.helpers_wanted else None,
        level=Level(row.level) if row.level else None,
        unit=row.unit,
        handler=_handler(row, language, district),
        deadline=row.deadline,
        outcome=row.outcome,
        together=_together(together, language, district) if together is not None else None,
    )


def issue_read(row: AnyRow, language: str, district: KnownDistrict, *, has_contact: bool | None = None) -> IssueRead:
    """Return what staff are shown."""
    return IssueRead(
        id=row.id,
        state=PublicState(row.state),
        category=row.category,
        category_given=row.category_given,
        confidential=row.confidential,
        area=row.area,
        location=None if row.lat is None else Location(lat=row.lat, lon=row.lon),
        address=row.address,
        description=row.description,
        attributes=row.attributes,
        media_url=row.media_url,
        language=row.language,
        source=Source(row.source),
        reported_at=row.reported_at,
        made_at=row.made_at,
        level=Level(row.level) if row.level else None,
        unit=row.unit,
        department=row.department,
        handler=_handler(row, language, district),
        deadline=row.deadline,
        outcome=row.outcome,
        supporters=row.supporters,
        has_contact=has_contact,
        merged_into=row.merged_into,
    )


def category_read(category: Category, language: str) -> CategoryRead:
    """Return a category in the reader's language."""
    return CategoryRead(
        code=category.code,
        name=category.name.in_language(language),
        closing_condition=category.closing_condition.in_language(language),
        confidential=category.confidential,
        questions=[question_read(one, language) for one in category.questions],
    )


def question_read(question: Question, language: str) -> QuestionRead:
    """Return a question in the reader's language."""
    return QuestionRead(
        code=question.code,
        name=question.name.in_language(language),
        kind=question.kind,
        required=question.required,
        hint=question.hint.in_language(language) if question.hint else None,
        choices=[ChoiceRead(code=one.code, name=one.name.in_language(language)) for one in question.choices],
    )


def supplement_read(row: AnyRow) -> SupplementRead:
    """Return what was added to an issue."""
    return SupplementRead(id=row.id, at=row.at, description=row.description, media_url=row.media_url, client=row.client)


def area_read(unit: Unit, language: str) -> AreaRead:
    """Return a unit in the reader's language."""
    return AreaRead(
        path=unit.path,
        name=unit.name.in_language(language),
        level=unit.level,
        parent=unit.parent,
        location=unit.location,
    )


def _together(row: AnyRow, language: str, district: KnownDistrict) -> TogetherRead:
    return TogetherRead(
        state=PublicState(row.state),
        unit=row.unit,
        handler=_handler(row, language, district),
        deadline=row.deadline,
        outcome=None if row.confidential else row.outcome,
    )


def _steps(row: AnyRow, steps: Sequence[AnyRow], language: str, district: KnownDistrict) -> list[StepRead]:
    received = StepRead(at=row.reported_at, kind="received", text=sentence("received", {}, language, district))
    return [
        received,
        *(
            StepRead(at=step.at, kind=step.kind, text=sentence(step.kind, step.params, language, district))
            for step in steps
        ),
    ]


def _handler(row: AnyRow, language: str, district: KnownDistrict) -> HandlerRead | None:
    if row.handler_name is None:
        return None
    person = district.persons.get(row.handler_id)
    return HandlerRead(name=row.handler_name, post=person.post.in_language(language) if person else row.handler_post)


def _reopen_until(row: AnyRow, category: Category | None) -> datetime | None:
    if category is None or (row.answered_at is not None and not row.solved):
        return None
    return reopen_until(PublicState(row.state), row.closed_at, category.reopen_days)


def _answer(row: AnyRow) -> FeedbackCreate | None:
    if row.answered_at is None:
        return None
    return FeedbackCreate(contacted=row.contacted, solved=row.solved, satisfaction=Satisfaction(row.satisfaction))
