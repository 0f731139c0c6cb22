"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from intake.domain.answering import MAX_TEXT
from intake.domain.issue import MAX_DESCRIPTION, PublicState, Source
from intake.domain.timing import MOST_FOUND
from linli.chassis.text import PlainText
from linli.contracts import AreaPath, CategoryCode, Level, Location, Satisfaction, Slug
from linli.contracts.wording import LanguageTag
from linli.district import AnswerKind
from linli.district.questions import MOST_CHOICES, MOST_QUESTIONS

Address = Annotated[PlainText, Field(min_length=1, max_length=200)]
Answer = Annotated[PlainText, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Attributes = Annotated[
    dict[Slug, Answer | Annotated[list[Answer], Field(min_length=1, max_length=MOST_CHOICES)]],
    Field(max_length=MOST_QUESTIONS),
]
ShownAttributes = dict[str, str | list[str]]


class ReporterCreate(BaseModel):
    """Who reports, if they want to be reached: kept apart, encrypted, and shown to the handler only."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[PlainText, Field(min_length=1, max_length=80)] | None = Field(default=None, repr=False)
    contact: Annotated[PlainText, Field(min_length=1, max_length=200)] | None = Field(default=None, repr=False)


class IssueFound(BaseModel):
    """What is reported. Without ``area`` the ``location`` or ``address`` say where it lies."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    description: Annotated[PlainText, Field(min_length=1, max_length=MAX_DESCRIPTION, repr=False)]
    category: CategoryCode | None = None
    area: AreaPath | None = None
    location: Location | None = None
    address: Address | None = Field(default=None, repr=False, description="In the reporter's words; shown to staff")
    reporter: ReporterCreate | None = None
    language: LanguageTag | None = None
    attributes: Attributes = Field(
        default={},
        description="Answers by the code of the category's question, and other details such as `floor`;"
        " nothing personal",
        examples=[{"persons-trapped": "yes", "floor": "12"}],
    )
    made_at: AwareDatetime | None = Field(
        default=None,
        description="When it was written down, by the reporter's own clock, where it could not be sent at once. Time"
        " limits count from when it comes in",
    )


class IssueCreate(IssueFound):
    """A report. The description alone is enough."""

    source: Source = Source.WEB


class DraftContent(IssueCreate):
    """A report as far as it is written: nothing of it is needed yet."""

    description: Annotated[PlainText, Field(max_length=MAX_DESCRIPTION, repr=False)] = ""


class IssueAccepted(BaseModel):
    """The receipt: whoever has the tracking code can follow the issue and answer for it."""

    id: UUID
    tracking_code: str


class DraftRead(BaseModel):
    """A draft: whoever has its code, and the token that it was saved with, can change it and hand it in."""

    code: str
    content: DraftContent | None = Field(description="None once it was handed in")
    saved_at: datetime
    expires_at: datetime = Field(description="Until when it is kept, unless it is saved again")
    issue: IssueAccepted | None = Field(description="What it became")


class VisitCreate(BaseModel):
    """A round: where and when it was, what was seen, and the issues that were found."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    area: AreaPath
    began_at: AwareDatetime = Field(description="By the clock of whoever made it")
    ended_at: AwareDatetime
    seen: Annotated[PlainText, Field(min_length=1, max_length=MAX_DESCRIPTION, repr=False)]
    issues: Annotated[list[IssueFound], Field(max_length=MOST_FOUND)] = Field(
        default=[], description="Those that name no place lie in the area of the round, and are as old as it is"
    )


class VisitAccepted(BaseModel):
    """The receipt: the issues come in the order in which they were sent."""

    id: UUID
    issues: list[IssueAccepted]


class VisitRead(BaseModel):
    """A round, as staff of its area are shown it."""

    id: UUID
    area: str
    began_at: datetime
    ended_at: datetime
    received_at: datetime
    seen: str
    author: str
    author_name: str
    issues: list[UUID] = Field(description="Found on it, without those that the reader may not see")


class IssueChecked(BaseModel):
    """What a report would become."""

    category: str
    area: str
    issue: UUID | None = Field(description="The issue that was reported with the same key before")


class HandlerRead(BaseModel):
    """The named person responsible."""

    name: str
    post: str


class StepRead(BaseModel):
    """One step of the way, in the reader's language."""

    at: datetime
    kind: str
    text: str


class NewsRead(BaseModel):
    """What staff let the reporter know."""

    at: datetime
    text: str


class SupplementCreate(BaseModel):
    """What the reporter adds."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: Annotated[PlainText, Field(min_length=1, max_length=2000, repr=False)]


class FeedbackCreate(BaseModel):
    """The answer to a return visit."""

    model_config = ConfigDict(extra="forbid")

    contacted: Annotated[bool, Field(strict=True)]
    solved: Annotated[bool, Field(strict=True)]
    satisfaction: Satisfaction


class HelpersRead(BaseModel):
    """Volunteers wanted and found."""

    wanted: int
    found: int


class TogetherRead(BaseModel):
    """How far the issue is that stands for a merged one; what its reporter wrote stays theirs."""

    state: PublicState
    unit: str | None
    handler: HandlerRead | None
    deadline: datetime | None
    outcome: str | None


class TrackRead(BaseModel):
    """What the holder of the tracking code is shown."""

    state: PublicState
    category: str
    category_name: str
    area: str
    area_name: str
    address: str | None
    description: str
    attributes: ShownAttributes
    reported_at: datetime = Field(description="When it came in")
    made_at: datetime | None = Field(description="When it was made, by the reporter's own clock")
    level: Level | None
    unit: str | None
    handler: HandlerRead | None
    deadline: datetime | None
    outcome: str | None
    steps: list[StepRead]
    news: list[NewsRead] = Field(description="What staff let the reporter know, earliest first")
    supplements: list[NewsRead] = Field(description="What the reporter added, earliest first")
    can_answer: bool
    reopen_until: datetime | None = Field(
        description="Where it is closed: until when feedback with `solved: false` opens it again"
    )
    can_withdraw: bool
    answer: FeedbackCreate | None
    helpers: HelpersRead | None
    together: TogetherRead | None = Field(default=None, description="Where it is merged: how far the other issue is")


class IssueRead(BaseModel):
    """What staff are shown: everything but who reported it."""

    id: UUID
    state: PublicState
    category: str
    category_given: bool
    confidential: bool
    area: str
    location: Location | None
    address: str | None
    description: str
    attributes: ShownAttributes
    media_url: str | None
    language: str
    source: Source
    reported_at: datetime = Field(description="When it came in")
    made_at: datetime | None = Field(description="When it was made, by the reporter's own clock")
    level: Level | None
    unit: str | None
    department: str | None = Field(description="That leads where departments are called")
    handler: HandlerRead | None
    deadline: datetime | None
    outcome: str | None
    supporters: int = Field(description="Issues that are merged into it")
    has_contact: bool | None = None
    merged_into: UUID | None = None


class ContactRead(BaseModel):
    """Who to call back."""

    name: str | None
    contact: str | None


class CategoryRead(BaseModel):
    """A kind of matter that can be reported."""

    code: str
    name: str
    closing_condition: str
    confidential: bool
    questions: list["QuestionRead"]


class ChoiceRead(BaseModel):
    """An answer that a question offers."""

    code: str
    name: str


class QuestionRead(BaseModel):
    """What a report of a category is asked; the answer goes into `attributes` under `code`."""

    code: str
    name: str
    kind: AnswerKind
    required: bool
    hint: str | None
    choices: list[ChoiceRead]


class SupplementRead(BaseModel):
    """What was added to an issue after it was reported."""

    id: UUID
    at: datetime
    description: str
    media_url: str | None
    client: str | None = Field(description="The front end that sent it")


class AreaRead(BaseModel):
    """A place that can be named in a report."""

    path: str
    name: str
    level: Level
    parent: str | None
    location: Location | None
