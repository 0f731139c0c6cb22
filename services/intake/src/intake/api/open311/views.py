"""From categories and issues to what Open311 calls services and requests.

Requests are open to everybody. So what people wrote is shown only of those that came in this way, with telephone
numbers and the like masked: whoever used it knew that it publishes. Of others it shows what, about where, and how far.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from intake.domain.answering import single
from intake.domain.issue import Source
from intake.domain.masking import coded, masked
from intake.domain.steps import sentence
from intake.open311_queries import ENDED, ENDINGS
from intake.queries import AnyRow
from linli.district import AnswerKind, Category, Question
from linli.district import Text as Words
from linli.district.known import KnownDistrict

DATATYPES = {
    AnswerKind.LINE: "string",
    AnswerKind.TEXT: "text",
    AnswerKind.NUMBER: "number",
    AnswerKind.TIME: "datetime",
    AnswerKind.CHOICE: "singlevaluelist",
    AnswerKind.CHOICES: "multivaluelist",
}

COARSE_DECIMALS = 3
"""Of degrees: about 100 m."""

_DONE_WHEN = Words(zh_hans="办结标准：{}", zh_hant="辦結標準：{}", en="Done when: {}")

Shown = dict[str, Any]


def service(category: Category, language: str) -> Shown:
    """Return a category as it can be reported."""
    return {
        "service_code": category.code,
        "service_name": category.name.in_language(language),
        "description": _DONE_WHEN.in_language(language).format(category.closing_condition.in_language(language)),
        "metadata": bool(category.questions),
        "type": "realtime",
        "keywords": ", ".join(category.keywords),
        "group": category.code.partition(".")[0],
    }


def service_definition(category: Category, language: str) -> Shown:
    """Return what a category asks."""
    asked = [_attribute(question, order, language) for order, question in enumerate(category.questions, 1)]
    return {"service_code": category.code, "attributes": asked}


def service_request(
    row: AnyRow, steps: Sequence[AnyRow], district: KnownDistrict, language: str, *, extended: bool
) -> Shown:
    """Return a request with the steps of its case, of which ``extended`` shows all."""
    own = row.source == Source.OPEN311
    latest = _latest(row, steps)
    category = district.categories.get(row.category)
    unit = district.named(row.unit) if row.unit else None
    decimals = None if own else COARSE_DECIMALS
    shown = {
        "service_request_id": str(row.id),
        "status": status_of(row.state),
        "status_notes": said(latest, district, language) if own and latest is not None else None,
        "service_name": category.name.in_language(language) if category else row.category,
        "service_code": row.category,
        "description": masked(row.description) if own else None,
        "agency_responsible": unit.name.in_language(language) if unit else row.unit,
        "service_notice": None,
        "requested_datetime": w3(row.reported_at),
        "updated_datetime": w3(row.reported_at if latest is None else latest.at),
        "expected_datetime": w3(row.deadline),
        "address": masked(row.address) if own and row.address else _address(row.area, district, language),
        "address_id": row.area,
        "zipcode": None,
        "lat": _degrees(row.lat, decimals),
        "long": _degrees(row.lon, decimals),
        "media_url": row.media_url if own else None,
    }
    return shown | _extensions(row, steps, category, district, language) if extended else shown


def request_update(row: AnyRow, district: KnownDistrict, language: str) -> Shown:
    """Return what happened to a request: a step of its case, or what was added to it."""
    own = row.source == Source.OPEN311
    if row.kind is None:
        status, words = status_of(row.state), masked(row.description)
    else:
        status, words = status_of(row.kind), said(row, district, language)
    return {
        "update_id": row.key if row.kind is None else f"{row.issue_id}.{row.key}",
        "service_request_id": str(row.issue_id),
        "status": status,
        "updated_datetime": w3(row.at),
        "description": words if own else None,
        "media_url": row.media_url if own else None,
    }


def status_of(state: str) -> str:
    """Return the status of a state, or of the step that brings it."""
    return "closed" if state in ENDED else "open"


def said(step: AnyRow, district: KnownDistrict, language: str) -> str:
    """Return a step in the reader's language, nothing personal in it."""
    return masked(sentence(step.kind, step.params, language, district))


def w3(at: datetime | None) -> str | None:
    """Return a time with its seconds and its zone."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _attribute(question: Question, order: int, language: str) -> Shown:
    shown: Shown = {
        "variable": True,
        "code": question.code,
        "datatype": DATATYPES[question.kind],
        "required": question.required,
        "datatype_description": question.hint.in_language(language) if question.hint else None,
        "order": order,
        "description": question.name.in_language(language),
    }
    if question.choices:
        shown["values"] = [{"key": one.code, "name": one.name.in_language(language)} for one in question.choices]
    return shown


def _latest(row: AnyRow, steps: Sequence[AnyRow]) -> AnyRow | None:
    """Return the step that the request was changed by last; of a closed one, the step that closed it."""
    telling = [step for step in steps if step.kind in ENDINGS] if row.state in ENDED else steps
    return telling[-1] if telling else None


def _address(area: str, district: KnownDistrict, language: str) -> str:
    codes = area.split("/")
    paths = ("/".join(codes[:length]) for length in range(len(codes), 0, -1))
    units = (district.named(path) for path in paths)
    return ", ".join(unit.name.in_language(language) for unit in units if unit is not None)


def _degrees(value: float | None, decimals: int | None) -> float | None:
    return value if value is None or decimals is None else round(value, decimals)


def _extensions(
    row: AnyRow, steps: Sequence[AnyRow], category: Category | None, district: KnownDistrict, language: str
) -> Shown:
    own = row.source == Source.OPEN311
    notes = [
        {"datetime": w3(step.at), "description": said(step, district, language) if own else None, "type": step.kind}
        for step in steps
    ]
    return {
        "attributes": _answers(row.attributes, category, language) if own else [],
        "extended_attributes": {"channel": row.source, "state": row.state, "level": row.level},
        "notes": notes,
    }


def _answers(kept: Mapping[str, str | list[str]], category: Category | None, language: str) -> list[Shown]:
    asked = {question.code: question for question in category.questions} if category else {}
    told = coded(single(kept)) | {code: ", ".join(one) for code, one in kept.items() if not isinstance(one, str)}
    return [
        {"code": code, "label": asked[code].name.in_language(language) if code in asked else code, "value": value}
        for code, value in told.items()
    ]
