"""The answers to what a category asks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from linli.district import AnswerKind, Question

Given = Mapping[str, str | Sequence[str]]
"""Answers by the code of their question; several where it lets choose several."""

Kept = dict[str, str | list[str]]

MAX_LINE = 200
MAX_TEXT = 2000
MAX_NUMBER = 40
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


class AnswersError(Exception):
    """Answers that cannot be taken; ``faults`` has what is wrong, by the code of the question."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{code}: {fault}" for code, fault in faults.items()))
        self.faults = faults


def checked(questions: Sequence[Question], given: Given, *, complete: bool) -> Kept:
    """Return the answers as they are kept; with ``complete`` none that is required may be missing.

    A detail that nothing asks for stays: rules may depend on it, and whoever names no category cannot know what it
    asks.

    Raises:
        AnswersError: all that is wrong with them.
    """
    asked = {question.code: question for question in questions}
    faults = {code: fault for code, answer in given.items() if (fault := _fault(asked.get(code), answer)) is not None}
    if complete:
        faults |= {one.code: "an answer is needed" for one in questions if one.required and one.code not in given}
    if faults:
        raise AnswersError(faults)
    return {code: _kept(asked.get(code), answer) for code, answer in given.items()}


def single(kept: Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Return the answers that are one value: rules may ask for these."""
    return {code: answer for code, answer in kept.items() if isinstance(answer, str)}


def _fault(question: Question | None, answer: str | Sequence[str]) -> str | None:
    if question is not None and question.kind is AnswerKind.CHOICES:
        return _not_offered(question, _several(answer))
    if not isinstance(answer, str):
        if len(answer) != 1:
            return "one answer is needed"
        [answer] = answer
    return next(_faults_of_one(question, answer), None)


def _faults_of_one(question: Question | None, answer: str) -> Iterator[str]:
    kind = question.kind if question else AnswerKind.LINE
    most = MAX_TEXT if kind is AnswerKind.TEXT else MAX_LINE
    if not answer.strip():
        yield "an answer is needed"
    if len(answer) > most:
        yield f"must be no longer than {most} characters"
    if kind is not AnswerKind.TEXT and _BREAKS.search(answer):
        yield "must be one line"
    if kind is AnswerKind.NUMBER and not _is_number(answer):
        yield "must be a number"
    if kind is AnswerKind.TIME and not _is_time(answer):
        yield "must be a date or time of ISO 8601"
    if question is not None and kind is AnswerKind.CHOICE and (fault := _not_offered(question, [answer])):
        yield fault


def _not_offered(question: Question, answers: Sequence[str]) -> str | None:
    if not answers:
        return "an answer is needed"
    if question.codes.issuperset(answers):
        return None
    return f"must be of: {', '.join(choice.code for choice in question.choices)}"


def _is_number(answer: str) -> bool:
    try:
        return len(answer) <= MAX_NUMBER and Decimal(answer).is_finite()
    except InvalidOperation:
        return False


def _is_time(answer: str) -> bool:
    try:
        datetime.fromisoformat(answer)
    except ValueError:
        return False
    return True


def _kept(question: Question | None, answer: str | Sequence[str]) -> str | list[str]:
    if question is not None and question.kind is AnswerKind.CHOICES:
        return list(dict.fromkeys(_several(answer)))
    return answer if isinstance(answer, str) else answer[0]


def _several(answer: str | Sequence[str]) -> Sequence[str]:
    return [answer] if isinstance(answer, str) else answer
