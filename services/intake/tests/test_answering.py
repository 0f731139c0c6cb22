"""An answer is kept as its question wants it, or refused with the reason."""

from typing import Any

import pytest

from intake.domain.answering import AnswersError, checked
from linli.district import Question

YES, NO = ({"code": code, "name": {"zh_hans": code}} for code in ("yes", "no"))


def question(code: str, kind: str = "line", **more: Any) -> Question:
    choices = [YES, NO] if kind in {"choice", "choices"} else []
    return Question.model_validate({"code": code, "name": {"zh_hans": "问"}, "kind": kind, "choices": choices, **more})


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("line", "12 楼", "12 楼"),
        ("line", "👩‍👩‍👧 مرحبا", "👩‍👩‍👧 مرحبا"),
        ("text", "一\n二", "一\n二"),
        ("text", "长" * 2000, "长" * 2000),
        ("number", "-1.5e3", "-1.5e3"),
        ("time", "2026-03-02T09:00:00+08:00", "2026-03-02T09:00:00+08:00"),
        ("time", "2026-03-02", "2026-03-02"),
        ("choice", "yes", "yes"),
        ("choice", ["yes"], "yes"),
        ("choices", "yes", ["yes"]),
        ("choices", ["no", "yes", "no"], ["no", "yes"]),
    ],
)
def test_an_answer_of_its_kind_is_kept(kind: str, given: Any, kept: Any) -> None:
    assert checked([question("q", kind)], {"q": given}, complete=True) == {"q": kept}


@pytest.mark.parametrize(
    ("kind", "given", "fault"),
    [
        ("line", " ", "an answer is needed"),
        ("line", "长" * 201, "must be no longer than 200 characters"),
        ("line", "一\n二", "must be one line"),
        ("line", "一\u2028二", "must be one line"),
        ("line", ["a", "b"], "one answer is needed"),
        ("line", [], "one answer is needed"),
        ("text", "长" * 2001, "must be no longer than 2000 characters"),
        ("number", "many", "must be a number"),
        ("number", "NaN", "must be a number"),
        ("number", "Infinity", "must be a number"),
        ("number", "1" * 41, "must be a number"),
        ("time", "yesterday", "must be a date or time of ISO 8601"),
        ("choice", "perhaps", "must be of: yes, no"),
        ("choice", ["yes", "no"], "one answer is needed"),
        ("choices", ["yes", "perhaps"], "must be of: yes, no"),
        ("choices", [], "an answer is needed"),
    ],
)
def test_an_answer_of_another_kind_is_refused(kind: str, given: Any, fault: str) -> None:
    with pytest.raises(AnswersError) as caught:
        checked([question("q", kind)], {"q": given}, complete=False)
    assert caught.value.faults == {"q": fault}


def test_all_faults_are_said_at_once() -> None:
    asked = [question("a", "number", required=True), question("b", "choice"), question("c", required=True)]
    with pytest.raises(AnswersError) as caught:
        checked(asked, {"b": "perhaps", "c": "x\ny"}, complete=True)
    assert caught.value.faults == {
        "a": "an answer is needed",
        "b": "must be of: yes, no",
        "c": "must be one line",
    }


def test_whoever_could_not_know_the_questions_need_not_answer_them() -> None:
    assert checked([question("a", required=True)], {"floor": "6-10"}, complete=False) == {"floor": "6-10"}
