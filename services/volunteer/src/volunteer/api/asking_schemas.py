"""What callers send and get who look for helpers with a need."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from linli.district import Text
from volunteer.api.people_schemas import Language
from volunteer.api.words import Body, Codes, Line, Moment, Read, distinct
from volunteer.domain.asking import AskState, Search
from volunteer.domain.matching.reason_texts import explain
from volunteer.queries.rows import AnyRow
from volunteer.usecases.advice import Advice
from volunteer.usecases.shift_store import REASONS
from volunteer.usecases.waves import Wave

Needed = Annotated[Codes, Field(max_length=10)]


class SearchCreate(Body):
    """What helpers must bring. Without ``begins_at`` and ``ends_at`` they need not have time at a certain hour."""

    skills: Needed = Field(default_factory=list)
    qualifications: Needed = Field(default_factory=list)
    languages: Annotated[list[Language], Field(max_length=10)] = Field(default_factory=list)
    minimum_age: int = Field(default=0, ge=0, le=100)
    begins_at: Moment | None = None
    ends_at: Moment | None = None
    target: float = Field(default=0.9, ge=0.5, le=0.99, description="How likely enough of a wave come")
    answer_hours: int = Field(default=4, ge=1, le=168, description="So long a wave has to answer before the next one")

    def search(self, need_id: UUID, *, by: str) -> Search:
        """Return the search.

        Raises:
            FieldError: it ends before it begins, or has only one of both.
        """
        lists: dict[str, Any] = {
            name: distinct(getattr(self, name)) for name in ("skills", "qualifications", "languages")
        }
        told = self.model_dump(exclude=set(lists))
        return Search(need_id=need_id, started_by=by, **lists, **told)


class SearchRead(Read):
    """A search for helpers; ``due_at`` is when the next wave goes out, null when it has ended."""

    need_id: UUID
    skills: list[str]
    qualifications: list[str]
    languages: list[str]
    minimum_age: int
    begins_at: Moment | None
    ends_at: Moment | None
    target: float
    answer_hours: int
    waves: int
    due_at: Moment | None


class WaveRead(SearchRead):
    """A wave that has gone out: how many were asked, how likely enough of them come, and why others were not."""

    asked: int
    chance: float
    left_out: list[str]

    @classmethod
    def of(cls, wave: Wave, language: str) -> Self:
        """Return a wave in the reader's language."""
        told = SearchRead.model_validate(wave.search).model_dump()
        left_out = list(explain(wave.left_out, language))
        return cls(**told, asked=wave.asked, chance=round(wave.chance, 4), left_out=left_out)


class AskByHand(Body):
    """Whom to ask, and why a person decides it."""

    volunteer_id: UUID
    reason: Annotated[Line, Field(max_length=500)]


class AskRead(Read):
    """Somebody who was asked; wave 0 by a person, ``reasons`` are then the rules that they overruled."""

    need_id: UUID
    wave: int
    state: AskState
    asked_at: Moment
    answered_at: Moment | None


class AskedRead(AskRead):
    """The same for those who organise it."""

    volunteer_id: UUID
    number: str
    name: str
    chance: float
    asked_by: str
    reason: str | None
    reasons: list[str]

    @classmethod
    def of(cls, row: AnyRow, language: str) -> Self:
        """Return somebody who was asked, in the reader's language."""
        reasons = explain(REASONS.validate_python(row.reasons), language)
        return cls.model_validate({**row._asdict(), "reasons": list(reasons)})


SEND = Text(
    zh_hans="现在派去：对此事值 {worth}，留待日后值 {price}",
    zh_hant="現在派去：對此事值 {worth}，留待日後值 {price}",
    en="send now: worth {worth} here, {price} to what may come",
)
KEEP = Text(
    zh_hans="留待日后：对此事值 {worth}，留待日后值 {price}",
    zh_hant="留待日後：對此事值 {worth}，留待日後值 {price}",
    en="keep: worth {worth} here, {price} to what may come",
)


class AdvisedRead(Read):
    """Somebody who could be sent; a margin below nothing says that they are better kept."""

    volunteer_id: UUID
    number: str
    name: str
    worth: int
    price: int
    margin: int
    sentence: str


class AdviceRead(Read):
    """Who could be sent now, the best first, and from how many earlier needs that was learned."""

    people: list[AdvisedRead]
    learned_from: int

    @classmethod
    def of(cls, advice: Advice, language: str) -> Self:
        """Return advice in the reader's language."""
        people = [
            AdvisedRead(
                volunteer_id=one.volunteer_id,
                number=one.number,
                name=one.name,
                worth=one.worth,
                price=one.price,
                margin=one.margin,
                sentence=(SEND if one.margin >= 0 else KEEP)
                .in_language(language)
                .format(worth=one.worth, price=one.price),
            )
            for one in advice.people
        ]
        return cls(people=people, learned_from=advice.learned_from)
